/*
 * A plugin for QEMU that writes down which pages a program uses.
 *
 * record.py compiles it and drives QEMU. A line a reference, `PAGE` or `PAGE w`
 * as in a trace, in the order of the run: the page of each instruction, then
 * those that it reads and writes. What the kernel reads and writes at user
 * addresses is listed, too: the processor sets the A bit for it. A reference
 * that repeats the one before is left out, unless it is the first write.
 *
 * Arguments: out=FILE, and top=NUMBER, the end of user addresses. Nothing is
 * recorded before the first signal SIGRTMIN + 5; the next one ends it.
 *
 * An access that faults is not reported by QEMU, but its instruction is, once
 * more when it is tried again: a page of code can be listed twice, with what
 * the kernel did in between.
 *
 * Not its job: which environment runs. QEMU 7.2 tells a plugin no registers.
 */

#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The part of QEMU's plugin interface that is used here, version 1 and later.
 * Declared by hand, because distributions do not install the header. */
typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { QEMU_PLUGIN_CB_NO_REGS = 0, QEMU_PLUGIN_MEM_RW = 3 };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
	void (*cb)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(
	const struct qemu_plugin_tb *tb, size_t idx);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
	void (*cb)(unsigned int cpu, void *data), int flags, void *data);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn,
	void (*cb)(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t va,
	    void *data), int flags, int rw, void *data);
unsigned int qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t info);
bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t info);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id,
	void (*cb)(qemu_plugin_id_t id, void *data), void *data);

#ifndef PLUGIN_VERSION
#define PLUGIN_VERSION 1
#endif

__attribute__((visibility("default"))) int qemu_plugin_version = PLUGIN_VERSION;

#define PAGE_SHIFT 12

static FILE *out;
static uint64_t top;
static volatile sig_atomic_t recording;

/* The last line written: its page, and whether it was a write. */
static uint64_t last_page = UINT64_MAX;
static bool last_write;

static void
reference(uint64_t page, bool write)
{
	if (page == last_page && last_write >= write)
		return;
	fprintf(out, "%05" PRIx64 "%s\n", page, write ? " w" : "");
	last_page = page;
	last_write = write;
}

/* List the pages of `size` bytes at va: one or two. */
static void
references(uint64_t va, uint64_t size, bool write)
{
	uint64_t last = (va + size - 1) >> PAGE_SHIFT;

	if (va >= top)
		return;
	for (uint64_t page = va >> PAGE_SHIFT; page <= last; page++)
		reference(page, write);
}

/* data: the page of the instruction, and above it the page of its end. */
static void
executed(unsigned int cpu, void *data)
{
	uintptr_t pages = (uintptr_t) data;

	(void) cpu;
	if (!recording)
		return;
	reference(pages & 0xfffff, false);
	if (pages >> 20 != (pages & 0xfffff))
		reference(pages >> 20, false);
}

static void
accessed(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t va, void *data)
{
	(void) cpu;
	(void) data;
	if (recording)
		references(va & 0xffffffff,
		    1ull << qemu_plugin_mem_size_shift(info),
		    qemu_plugin_mem_is_store(info));
}

static void
translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);

	(void) id;
	for (size_t i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t va = qemu_plugin_insn_vaddr(insn) & 0xffffffff;
		uint64_t end = va + qemu_plugin_insn_size(insn) - 1;

		if (va < top)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, executed,
			    QEMU_PLUGIN_CB_NO_REGS, (void *) (uintptr_t)
			    (va >> PAGE_SHIFT | end >> PAGE_SHIFT << 20));
		qemu_plugin_register_vcpu_mem_cb(insn, accessed,
		    QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, NULL);
	}
}

static void
toggle(int number)
{
	(void) number;
	recording = !recording;
}

static void
finish(qemu_plugin_id_t id, void *data)
{
	(void) id;
	(void) data;
	recording = 0;
	fclose(out);
}

__attribute__((visibility("default"))) int
qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc,
    char **argv)
{
	(void) info;
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4))
			out = fopen(argv[i] + 4, "w");
		else if (!strncmp(argv[i], "top=", 4))
			top = strtoull(argv[i] + 4, NULL, 0);
	}
	if (!out || !top) {
		fprintf(stderr, "recorder: out=FILE and top=NUMBER expected\n");
		return 1;
	}
	signal(SIGRTMIN + 5, toggle);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, finish, NULL);
	return 0;
}
