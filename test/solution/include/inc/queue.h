#ifndef PAGEWALK_SOLUTION_INC_QUEUE_H
#define PAGEWALK_SOLUTION_INC_QUEUE_H

/*
 * BSD lists: only the macros for a head and its elements. Files with struct
 * Page include this header, but do not need it.
 */

#define LIST_HEAD(name, type)						\
	struct name {							\
		struct type *lh_first;					\
	}

#define LIST_HEAD_INITIALIZER(head)	{ (void *)0 }

/* le_prev: the address of the link to this element. */
#define LIST_ENTRY(type)						\
	struct {							\
		struct type *le_next;					\
		struct type **le_prev;					\
	}

#define LIST_EMPTY(head)	((head)->lh_first == (void *)0)
#define LIST_FIRST(head)	((head)->lh_first)
#define LIST_NEXT(elm, field)	((elm)->field.le_next)
#define LIST_INIT(head)		((void)((head)->lh_first = (void *)0))

#define LIST_FOREACH(var, head, field)					\
	for ((var) = LIST_FIRST(head); (var);				\
	     (var) = LIST_NEXT(var, field))

#define LIST_INSERT_HEAD(head, elm, field) do {				\
	if (((elm)->field.le_next = (head)->lh_first))			\
		(head)->lh_first->field.le_prev = &(elm)->field.le_next;	\
	(head)->lh_first = (elm);					\
	(elm)->field.le_prev = &(head)->lh_first;			\
} while (0)

#define LIST_REMOVE(elm, field) do {					\
	if ((elm)->field.le_next)					\
		(elm)->field.le_next->field.le_prev = (elm)->field.le_prev; \
	*(elm)->field.le_prev = (elm)->field.le_next;			\
} while (0)

#endif
