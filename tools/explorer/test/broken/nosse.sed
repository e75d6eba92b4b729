# kern/fpu.c: the mutant fpu_sse_not_allowed. SSE is never enabled in CR4.
s/^	if (cpu_features.fxsr)$/	if (0)/
