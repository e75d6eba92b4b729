#ifndef PAGEWALK_TEST_MODEL_MODEL_H
#define PAGEWALK_TEST_MODEL_MODEL_H

/*
 * The model: what the system calls promise, as arrays and lists. It shares no
 * code with the kernel, only the numbers and structures of inc/.
 */

#include <inc/env.h>

#define SLOTS	NENV

/* The pages that programs use, and the 4 MiB regions they are in. */
#define PLACES	16
#define REGIONS	6
extern const uint32_t place_va[PLACES];
extern const uint8_t place_region[PLACES];
/* The place of a page by its address, or -1. */
int	place_at(uint32_t va);

/* A page mapped in an environment. */
struct mapping {
	int page;		/* -1: none */
	uint32_t perm;		/* PTE_*, with PTE_A and PTE_D */
	bool keeps_dirty;	/* PTE_D stays while the page is on disk */
	uint32_t unsure;	/* bits in which the contract leaves a choice */
};

#define PAGES	192
struct page {
	bool used;
	uint32_t holds;		/* references that are no mappings */
	uint32_t frame;		/* its frame, 0 until the kernel has chosen */
	uint8_t bytes[PGSIZE];

	/* With paging: what paging.c has found out. */
	uint32_t at;		/* where its entries say that it is */
	uint32_t refs;		/* entries */
	bool written;		/* one of them has PTE_D */
	uint32_t in_slot;	/* its slot, if it is on disk */
	uint32_t clean_slot;	/* has its contents, unless */
	bool dirty;		/* it was written since */
	bool lost;		/* its slot could not be read */
};

enum waiting {
	FOR_NOTHING, FOR_MESSAGE, FOR_RECEIVER, FOR_TIME, FOR_END,
	FOR_PAGE, FOR_FRAME
};

/* Pages that one instruction accesses, at most. */
#define TOUCHES	6

/* A system call, or an instruction, that is to be tried again. */
struct unfinished {
	bool call;		/* number and a, or else */
	int number;
	uint32_t a[5];
	int touches;		/* so many accesses */
	uint32_t va[TOUCHES];
	bool write[TOUCHES];
	uint8_t value;
	uint32_t tries;
};

struct list {
	int n, slot[SLOTS];
};

/* An environment. */
struct task {
	unsigned status;
	envid_t id, parent;
	uint32_t runs;
	struct Trapframe tf;
	uint32_t upcall;
	uint16_t fs;
	bool has_fpu;
	uint32_t fpu;

	uint32_t text, text_len;	/* what cputs has not printed yet */

	struct mapping map[PLACES];
	bool table[REGIONS];

	bool recving;
	uint32_t dstva, value;
	envid_t from;
	int perm;

	enum waiting waiting;
	struct unfinished again;	/* with paging */
	bool watches_dirty;
	uint32_t of, send_value, send_va, send_perm;
	uint64_t wake;
	struct list senders, enders;
};

extern struct model {
	struct task task[SLOTS];
	struct page page[PAGES];
	int running;		/* slot, or -1: the monitor */
	int loaded;		/* the last that ran, unless it has ended */
	struct list ready, asleep;
	struct list unused;	/* slots, the last is used next */
	uint32_t free;		/* frames */
	uint64_t ticks;
	bool timer;
	uint32_t created;
	uint32_t printed;	/* a checksum of what programs have printed */

	/*
	 * With paging, the kernel decides when frames are free, and who waits.
	 * The model is told before it follows.
	 */
	bool paging;
	bool no_frames;		/* the call failed for lack of a frame */
	bool not_loaded[PLACES];	/* pages of the file, in the caller */
	bool left[SLOTS];	/* this sender does not wait any more, */
	bool unsent[SLOTS];	/* because there was no frame */
	struct list disk;	/* those who wait for a page or frame */
	bool idle;		/* the processor is */
	bool resuming;		/* what the program that runs has to finish */
	uint32_t kept;		/* frames that the test has */
} model;

extern char model_said[];

/* Forget everything. `slots` environments are possible. */
void	model_reset(int slots, uint32_t free, uint64_t ticks, bool timer);

/* The references of a page. */
uint32_t model_refs(int page);

/* Free a page that has no references. */
void	model_drop(int page);

/*
 * The system calls of the running environment, by number. Each leaves the
 * model as the kernel must: the result in eax of whom it is for.
 */
void	model_call(int number, const uint32_t a[5]);

/*
 * Access user memory at va: returns the byte, or NULL for a page fault, with
 * *err set to its error code.
 */
uint8_t	*model_access(uint32_t va, bool write, uint32_t *err);

/* A page fault of the running environment. */
void	model_fault(uint32_t va, uint32_t err);

/* The first use of x87 since another environment ran. */
void	model_fpu_trap(void);

/* A tick, while the running environment runs. */
void	model_tick(void);

/*
 * In the monitor, at a breakpoint or because nothing is runnable: start a
 * program, end an environment, go on.
 */
void	model_start(void);
void	model_kill(int slot);
void	model_continue(void);
void	model_schedule(void);

/* --- With paging ---------------------------------------------------------- */

/* The running program's call, or access, could not be finished. */
void	model_waits(enum waiting what, uint32_t of);

/* The messages that could not be delivered before sys_ipc_recv had to wait. */
void	model_receiver_waits(void);

/* The running program ends, because it cannot have a page. */
void	model_without_page(void);

/* It goes on with what it has to finish, and does finish it. */
void	model_resumes(void);

/* A transfer has ended. */
void	model_transfer_ends(bool write, uint32_t slot);

/* A tick, while the processor is idle. */
void	model_idle_tick(void);

/* A page with the same contents. */
int	model_copy_page(int page);

/* A program was started: or began, and ended; or there was no frame at all. */
enum start { STARTED, ENDED, NOT_BEGUN };
void	model_started(enum start how);

/* The program that model_start starts. */
extern const struct program_shape {
	uint32_t text, data, entry;	/* a page of text, two of data */
	uint8_t fill;			/* the first byte of each */
} program_shape;

#endif
