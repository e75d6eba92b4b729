#ifndef PAGEWALK_KERN_SYS_IPC_H
#define PAGEWALK_KERN_SYS_IPC_H

/*
 * System calls for messages. A message is a number, and a page if srcva is below
 * UTOP: the sender's page there, which the receiver gets with permissions perm,
 * if it wants one.
 */

#include <inc/types.h>

/*
 * Send to an environment that waits for a message; any environment may. Returns
 * 0; -E_BAD_ENV; -E_IPC_NOT_RECV if it does not wait; -E_INVAL for a page that
 * sys_page_map would not map; -E_NO_MEM. On failure nothing has changed.
 */
int32_t	sys_ipc_try_send(uint32_t to, uint32_t value, uintptr_t srcva,
			 uint32_t perm);

/*
 * The same, but wait until the receiver takes the message, after the senders
 * that came earlier. The page is the one at srcva at that time. Returns
 * -E_BAD_ENV if the receiver ends before, -E_INVAL if the caller sends to
 * itself.
 */
int32_t	sys_ipc_send(uint32_t to, uint32_t value, uintptr_t srcva,
		     uint32_t perm);

/*
 * Wait for a message, and map its page at dstva, if that is below UTOP. The
 * message is in env_ipc_value, _from and _perm. Returns 0; -E_INVAL if dstva is
 * not page-aligned.
 */
int32_t	sys_ipc_recv(uintptr_t dstva);

#endif
