/*
 * One instruction that needs six pages at the same time: it lies on two pages,
 * reads from two, and writes to two. And one that needs seven: ENTER, with its
 * arguments, the stack, and a local variable on other pages.
 */

#include "big.h"

#define CODE	((uint8_t *)0x10002000)
#define FROM	((uint8_t *)0x20002000)
#define TO	((uint8_t *)0x30002000)

/* Two pages around an address. */
static void
two_pages(uint8_t *at)
{
	take_pages(at - PGSIZE, 2);
}

/* movsl and ret, with a prefix, so that movsl is on two pages. */
static void
move(void)
{
	static const uint8_t code[] = { 0x3E, 0xA5, 0xC3 };
	const void *from = FROM - 2;
	void *to = TO - 2;

	memcpy(CODE - 1, code, sizeof(code));
	memcpy(FROM - 2, "six", 4);
	__asm__ volatile("call *%2" : "+S" (from), "+D" (to) : "r" (CODE - 1)
			 : "memory");
	cprintf("moved: %s\n", (char *)TO - 2);
}

/*
 * enter $4096, $4 and jmp *%ebx. It copies three words from below ebp, which
 * are on two pages, to the stack, which is on two pages, too; and then the
 * stack pointer is on a third.
 */
static void
enter(void)
{
	static const uint8_t code[] = { 0xC8, 0x00, 0x10, 0x04, 0xFF, 0xE3 };
	uint32_t *frame = (uint32_t *)(FROM + 4);

	memcpy(CODE - 2, code, sizeof(code));
	frame[-1] = 1;
	frame[-2] = 2;
	frame[-3] = 3;
	take_pages(TO - 2 * PGSIZE, 1);
	__asm__ volatile(
		"movl %%esp, %%edi\n\t"
		"movl %%ebp, %%esi\n\t"
		"movl %2, %%esp\n\t"
		"movl %1, %%ebp\n\t"
		"movl $1f, %%ebx\n\t"
		"jmp *%0\n"
		"1:\tmovl %%edi, %%esp\n\t"
		"movl %%esi, %%ebp"
		: : "a" (CODE - 2), "c" (frame), "d" (TO + 8)
		: "ebx", "esi", "edi", "memory");
	cprintf("entered: %u\n", *(uint32_t *)(TO - 4));
}

void
umain(int argc, char **argv)
{
	USED(argc);
	USED(argv);
	two_pages(CODE);
	two_pages(FROM);
	two_pages(TO);
	cprintf("six pages\n");
	move();
	cprintf("seven pages\n");
	enter();
}
