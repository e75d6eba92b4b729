/*
 * The random driver. Sequences come from a seed. A failing sequence is shrunk,
 * and shown as calls of the kernel.
 *
 * usage: random [--seed N] [--seconds N] [--sequences N] [--save FILE]
 *            run random sequences; shrink, show and save one that fails
 *            (with --as-it-is 1, only save it)
 *        random --replay FILE
 *            run a saved sequence and show its calls
 *        random --shrink FILE [--save FILE]
 *            shrink, show and save a sequence from another driver
 *        random --emit DIR
 *            write some sequences to DIR, for other drivers to start from
 *
 * Sequences run in a child, so that crashes, sanitizers' reports and endless
 * loops are failures like any other.
 *
 * Exit status: 0 if nothing failed, 1 if something did, 2 for usage errors.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host.h"
#include "sequence.h"

/* Limit of a sequence's processor time, in seconds; most take a few ms. */
#define SEQUENCE_SECONDS	2

/* Memory shared by child and parent. */
static struct shared {
	char rule[FAIL_RULE_MAX];
	unsigned long index;		/* of the running sequence */
	unsigned long operations;
	size_t records;			/* started in that sequence */
} *shared;

struct bytes {
	uint8_t data[SEQUENCE_MAX];
	size_t size;
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* --- Random bytes ------------------------------------------------------ */

/* SplitMix64 (Steele, Lea, Flood): good enough, and works with any seed. */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9E3779B97F4A7C15ULL;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ULL;
	z = (z ^ z >> 27) * 0x94D049BB133111EBULL;
	return z ^ z >> 31;
}

static void
make_sequence(uint64_t seed, unsigned long index, struct bytes *out)
{
	uint64_t state = seed * 1000003 + index;
	size_t i;

	out->size = SEQUENCE_HEADER + SEQUENCE_RECORD
		* (next_random(&state) % SEQUENCE_RECORDS_MAX);
	for (i = 0; i < out->size; i++)
		out->data[i] = next_random(&state) >> 32;
	/* In most sequences, boot quickly and with little memory. */
	if (next_random(&state) % 8)
		out->data[0] &= ~1;
	if (next_random(&state) % 8)
		out->data[2] = 0;
}

/* --- Running in a child ------------------------------------------------ */

static void
limit_time(void)
{
	struct itimerval limit = { .it_value = { SEQUENCE_SECONDS, 0 } };

	setitimer(ITIMER_VIRTUAL, &limit, NULL);
}

/* Print nothing; write error messages to the named file. */
static void
be_quiet(const char *complaints)
{
	int null = open("/dev/null", O_WRONLY);
	int log = open(complaints, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	dup2(null, STDOUT_FILENO);
	dup2(log < 0 ? null : log, STDERR_FILENO);
	close(null);
}

static int
wait_for(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		;
	return status;
}

/* A child's failure: the broken rule or another reason; NULL if none. */
static const char *
verdict(int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return NULL;
	if (shared->rule[0])
		return shared->rule;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGVTALRM)
		return "a call does not return";
	return "a sanitizer's report or a crash";
}

static pid_t
start_child(void)
{
	pid_t child;

	shared->rule[0] = '\0';
	fflush(NULL);
	child = fork();
	if (child < 0) {
		perror("fork");
		exit(2);
	}
	return child;
}

/* Run one sequence in a child. Returns verdict()'s result. */
static const char *
run_one(const struct bytes *b, int loud)
{
	pid_t child = start_child();

	if (!child) {
		saying = loud;
		hurried = !loud;
		if (!loud)
			be_quiet("/dev/null");
		limit_time();
		sequence_begun = &shared->records;
		sequence_run(b->data, b->size);
		exit(0);
	}
	return verdict(wait_for(child));
}

/* Run sequences from *index until one fails or time is up. */
static const char *
run_many(uint64_t seed, unsigned long *index, unsigned long count,
	 double deadline, const char *complaints)
{
	static struct bytes b;
	unsigned long before;
	const char *why;
	pid_t child = start_child();

	if (!child) {
		be_quiet(complaints);
		before = shared->operations;
		sequence_begun = &shared->records;
		for (; *index < count && now() < deadline; ++*index) {
			shared->index = *index;
			make_sequence(seed, *index, &b);
			limit_time();
			sequence_run(b.data, b.size);
			shared->operations = before + sequence_operations;
		}
		shared->index = *index;
		exit(0);
	}
	why = verdict(wait_for(child));
	*index = shared->index;
	return why;
}

/* --- Shrinking --------------------------------------------------------- */

/* True if the sequence still breaks the same rule. */
static int
still_fails(const struct bytes *b, const char *why)
{
	const char *now_why = run_one(b, 0);

	return now_why && !strcmp(now_why, why);
}

static size_t
records(const struct bytes *b)
{
	return b->size < SEQUENCE_HEADER ? 0
		: (b->size - SEQUENCE_HEADER) / SEQUENCE_RECORD;
}

static void
cut(struct bytes *b, size_t first, size_t n)
{
	uint8_t *at = b->data + SEQUENCE_HEADER + first * SEQUENCE_RECORD;
	size_t rest = records(b) - first - n;

	memmove(at, at + n * SEQUENCE_RECORD, rest * SEQUENCE_RECORD);
	b->size = SEQUENCE_HEADER + (first + rest) * SEQUENCE_RECORD;
}

/* Remove n records at a time if the rest still fails; 1 if any was removed. */
static int
shrink_by(struct bytes *b, size_t n, const char *why)
{
	static struct bytes less;
	size_t at = records(b);
	int shrunk = 0;

	/* Start at the end: later records matter less to the failure. */
	while (at > 0) {
		at = at > n ? at - n : 0;
		less = *b;
		cut(&less, at, records(b) - at < n ? records(b) - at : n);
		if (!still_fails(&less, why))
			continue;
		*b = less;
		shrunk = 1;
	}
	return shrunk;
}

/* Set bytes to 0 if the sequence still fails: simpler arguments. */
static void
shrink_bytes(struct bytes *b, const char *why)
{
	static struct bytes less;
	size_t i;

	for (i = 0; i < b->size; i++) {
		if (!b->data[i])
			continue;
		less = *b;
		less.data[i] = 0;
		if (still_fails(&less, why))
			*b = less;
	}
}

static void
shrink(struct bytes *b, const char *why)
{
	static struct bytes less;
	size_t n;

	/* Records after the failure do not matter. */
	less = *b;
	if (shared->records < records(b))
		cut(&less, shared->records, records(b) - shared->records);
	if (still_fails(&less, why))
		*b = less;
	for (n = records(b) / 2; n > 1; n = n < records(b) ? n / 2
	     : records(b) / 2)
		shrink_by(b, n, why);
	while (shrink_by(b, 1, why))
		;
	shrink_bytes(b, why);
	while (shrink_by(b, 1, why))
		;
}

/* --- Files ------------------------------------------------------------- */

static void
load(const char *name, struct bytes *b)
{
	FILE *f = fopen(name, "rb");

	if (!f) {
		perror(name);
		exit(2);
	}
	b->size = fread(b->data, 1, sizeof(b->data), f);
	fclose(f);
}

static void
save(const char *name, const struct bytes *b)
{
	FILE *f = fopen(name, "wb");

	if (!f || fwrite(b->data, 1, b->size, f) != b->size || fclose(f)) {
		perror(name);
		exit(2);
	}
}

/* This program's name, as it was called. */
static const char *self;

/* A failing sequence is not shrunk. */
static int as_it_is;

/* Shrink the sequence that failed because of `why`, show it, save it. */
static void
report(struct bytes *b, const char *why, const char *file)
{
	char rule[FAIL_RULE_MAX];
	size_t before = records(b);

	snprintf(rule, sizeof(rule), "%s", why);
	printf("FAIL: %s\n", rule);
	if (!still_fails(b, rule)) {
		printf("It fails only after other sequences: run the seed"
		       " again.\n");
		return;
	}
	fflush(stdout);
	if (as_it_is) {
		save(file, b);
		return;
	}
	shrink(b, rule);
	printf("Shrunk from %zu operations to %zu:\n\n", before, records(b));
	save(file, b);
	run_one(b, 1);
	printf("\nSaved in %s; again: %s --replay %s\n", file, self, file);
}

/* --- The command line -------------------------------------------------- */

static int
search(uint64_t seed, double seconds, unsigned long count, const char *file)
{
	static struct bytes b;
	char complaints[4096];
	unsigned long index = 0;
	double start = now(), took;
	const char *why;

	snprintf(complaints, sizeof(complaints), "%s.txt", file);
	why = run_many(seed, &index, count, start + seconds, complaints);

	took = now() - start;
	printf("seed %llu: %lu sequences, %lu operations, %.0f operations a"
	       " second\n", (unsigned long long)seed, index,
	       shared->operations, shared->operations / took);
	if (!why) {
		unlink(complaints);
		return 0;
	}
	make_sequence(seed, index, &b);
	printf("sequence %lu fails, after %lu operations\n", index,
	       shared->operations + shared->records);
	printf("(its messages are in %s)\n", complaints);
	report(&b, why, file);
	return 1;
}

static int
shrink_file(const char *name, const char *file)
{
	static struct bytes b;
	const char *why;

	load(name, &b);
	why = run_one(&b, 0);
	if (!why) {
		printf("%s: nothing fails\n", name);
		return 0;
	}
	report(&b, why, file);
	return 1;
}

static int
replay(const char *name)
{
	static struct bytes b;

	load(name, &b);
	return run_one(&b, 1) != NULL;
}

static int
emit(const char *dir)
{
	static struct bytes b;
	char name[4096];
	int i;

	for (i = 0; i < 32; i++) {
		make_sequence(1, i, &b);
		snprintf(name, sizeof(name), "%s/random-%02d", dir, i);
		save(name, &b);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	const char *file = "failing-sequence", *shrink_name = NULL;
	unsigned long seed = 1, count = -1UL;
	double seconds = 10;
	struct rlimit none = { 0, 0 };
	int i;

	self = argv[0];
	setrlimit(RLIMIT_CORE, &none);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 2;
	fail_rule = shared->rule;
	for (i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--seed"))
			seed = strtoul(argv[i + 1], NULL, 0);
		else if (!strcmp(argv[i], "--seconds"))
			seconds = strtod(argv[i + 1], NULL);
		else if (!strcmp(argv[i], "--sequences"))
			count = strtoul(argv[i + 1], NULL, 0);
		else if (!strcmp(argv[i], "--as-it-is"))
			as_it_is = atoi(argv[i + 1]);
		else if (!strcmp(argv[i], "--save"))
			file = argv[i + 1];
		else if (!strcmp(argv[i], "--replay"))
			return replay(argv[i + 1]);
		else if (!strcmp(argv[i], "--shrink"))
			shrink_name = argv[i + 1];
		else if (!strcmp(argv[i], "--emit"))
			return emit(argv[i + 1]);
		else
			break;
	}
	if (i < argc) {
		fprintf(stderr, "usage: see the head of random.c\n");
		return 2;
	}
	return shrink_name ? shrink_file(shrink_name, file)
		: search(seed, seconds, count, file);
}
