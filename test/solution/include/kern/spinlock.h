#ifndef PAGEWALK_SOLUTION_KERN_SPINLOCK_H
#define PAGEWALK_SOLUTION_KERN_SPINLOCK_H

/*
 * Locks of a course's later labs. There is one processor, so taking a lock
 * twice is an endless loop, and is reported as one.
 */

#include <inc/types.h>

struct CpuInfo;

struct spinlock {
	unsigned locked;
	char *name;
	struct CpuInfo *cpu;
	uintptr_t pcs[10];
};

extern struct spinlock kernel_lock;

void	__spin_initlock(struct spinlock *lk, char *name);
void	spin_lock(struct spinlock *lk);
void	spin_unlock(struct spinlock *lk);

#define spin_initlock(lock)	__spin_initlock(lock, #lock)

static inline void
lock_kernel(void)
{
	spin_lock(&kernel_lock);
}

static inline void
unlock_kernel(void)
{
	spin_unlock(&kernel_lock);
}

#endif
