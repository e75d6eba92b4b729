#ifndef PAGEWALK_INC_ERROR_H
#define PAGEWALK_INC_ERROR_H

/*
 * Error codes. A function that can fail returns them negative; printf's %e
 * prints them as text.
 */
#define E_UNSPECIFIED	1	/* none of the others */
#define E_BAD_ENV	2	/* no such environment, or not yours */
#define E_INVAL		3	/* invalid argument */
#define E_NO_MEM	4	/* no free frame */
#define E_NO_FREE_ENV	5	/* all environments are in use */
#define E_FAULT		6	/* bad address */
#define E_IPC_NOT_RECV	7	/* the receiver is not waiting */
#define E_EOF		8	/* end of file */
#define E_NO_DISK	9	/* disk full */
#define E_MAX_OPEN	10	/* too many open files */
#define E_NOT_FOUND	11
#define E_BAD_PATH	12
#define E_FILE_EXISTS	13
#define E_NOT_EXEC	14	/* not a program */
#define E_NOT_SUPP	15	/* not supported */

#define MAXERROR	16
#endif
