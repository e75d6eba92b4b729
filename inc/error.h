#ifndef PAGEWALK_INC_ERROR_H
#define PAGEWALK_INC_ERROR_H

/*
 * Error codes. A function that can fail returns them negative; printf's %e
 * prints them as text.
 */
enum {
	E_UNSPECIFIED	= 1,	/* no better word for it */
	E_BAD_ENV	= 2,	/* no such environment, or not yours */
	E_INVAL		= 3,	/* an argument makes no sense */
	E_NO_MEM	= 4,	/* no free frame */
	E_NO_FREE_ENV	= 5,	/* all environments are in use */
	E_FAULT		= 6,	/* memory that may not be touched */
	E_IPC_NOT_RECV	= 7,	/* the receiver is not waiting */
	E_EOF		= 8,	/* the file ends here */
	E_NO_DISK	= 9,	/* disk full */
	E_MAX_OPEN	= 10,	/* too many open files */
	E_NOT_FOUND	= 11,
	E_BAD_PATH	= 12,
	E_FILE_EXISTS	= 13,
	E_NOT_EXEC	= 14,	/* not a program */
	E_NOT_SUPP	= 15,	/* not supported */

	MAXERROR
};

#endif
