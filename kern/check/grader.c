/* The protocol between a grader on the host and the kernel. */

#include <inc/stdio.h>
#include <inc/string.h>
#include <kern/dev/console.h>
#include <kern/dev/fwcfg.h>
#include <kern/check/grader.h>
#include <kern/check/tables.h>

#define ITEM	"opt/pagewalk/grade"

/* "KEY NAME NAME..."; a '\0' separates the key from the names. */
static char item[512];
static char *names;

bool
grader_begin(void)
{
	if (!fwcfg_string(ITEM, item, sizeof(item)))
		return false;
	names = strfind(item, ' ');
	if (*names)
		*names++ = '\0';
	return grader_present();
}

bool
grader_present(void)
{
	return item[0] != '\0';
}

bool
grader_is_selective(void)
{
	return grader_present() && *names;
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
grader_wants(const struct check *c)
{
	return !grader_is_selective()
		|| is_word(names, check_group_names[c->group])
		|| is_word(names, c->subject) || is_word(names, c->name);
}

void
grader_line(const char *fmt, ...)
{
	va_list ap;

	if (!grader_present())
		return;
	cons_fresh_line();
	cprintf("@%s ", item);
	va_start(ap, fmt);
	vcprintf(fmt, ap);
	va_end(ap);
	cprintf("\n");
}
