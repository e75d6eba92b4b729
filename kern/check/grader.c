/* The words that go to and fro between a grader on the host and the kernel. */

#include <inc/stdio.h>
#include <inc/string.h>
#include <kern/dev/console.h>
#include <kern/dev/fwcfg.h>
#include <kern/check/grader.h>
#include <kern/check/tables.h>

#define ITEM	"opt/pagewalk/grade"

/* "KEY NAME NAME..."; key ends where the names begin. */
static char item[512];
static char *names;

bool
graded_begin(void)
{
	if (!fwcfg_string(ITEM, item, sizeof(item)))
		return false;
	names = strfind(item, ' ');
	if (*names)
		*names++ = '\0';
	return graded();
}

bool
graded(void)
{
	return item[0] != '\0';
}

bool
graded_selective(void)
{
	return graded() && *names;
}

static bool
is_word(const char *list, const char *word)
{
	size_t n = strlen(word), len;

	for (; *list; list += len + (list[len] == ' ')) {
		len = strfind(list, ' ') - list;
		if (len == n && strncmp(list, word, n) == 0)
			return true;
	}
	return false;
}

bool
graded_wants(const struct check *c)
{
	return !graded_selective() || is_word(names, check_group_names[c->group])
		|| is_word(names, c->subject) || is_word(names, c->name);
}

void
graded_line(const char *fmt, ...)
{
	va_list ap;

	if (!graded())
		return;
	cons_fresh_line();
	cprintf("@%s ", item);
	va_start(ap, fmt);
	vcprintf(fmt, ap);
	va_end(ap);
	cprintf("\n");
}
