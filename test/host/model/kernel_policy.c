/* kern/policy.c, compiled so that each sequence can reset its variables. */

#include "kern/policy.c"

#include "test/host/model/paging.h"

void
kernel_policy_reset(void)
{
	policy = policies;
	policy_seed = 1;
	policy_looks = faults_since_aging = 0;
}
