/*
 * Finds primes by a chain of environments. Each gets numbers from its left
 * neighbour. The first of them is a prime; it passes on those that this prime
 * does not divide. It forks its right neighbour first.
 */

#include <inc/lib.h>

static envid_t
fork_neighbour(void)
{
	envid_t id = fork();

	if (id < 0)
		panic("fork: %e", id);
	return id;
}

/* Be one link of the chain, and then, as its right neighbour, the next one. */
static void NORETURN
filter(void)
{
	envid_t right;
	uint32_t prime, n;

	do {
		prime = ipc_recv(NULL, NULL, NULL);
		cprintf("CPU %d: %d ", thisenv->env_cpunum, prime);
		right = fork_neighbour();
	} while (right == 0);
	for (;;) {
		n = ipc_recv(NULL, NULL, NULL);
		if (n % prime)
			ipc_send(right, n, NULL, 0);
	}
}

void
umain(int argc, char **argv)
{
	envid_t first = fork_neighbour();
	uint32_t n;

	if (first == 0)
		filter();
	for (n = 2;; n++)
		ipc_send(first, n, NULL, 0);
}
