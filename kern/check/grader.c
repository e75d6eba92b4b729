/* The protocol between a grader on the host and the kernel. */

#include <inc/stdio.h>
#include <inc/string.h>
#include <kern/dev/console.h>
#include <kern/dev/fwcfg.h>
#include <kern/check/grader.h>
#include <kern/check/tables.h>

#define ITEM	"opt/pagewalk/grade"

/* "KEY NAME -NAME..."; a '\0' separates the key from the names. */
static char item[1024];
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
	const char *list = names;
	size_t len;

	for (; grader_present() && *list; list += len + (list[len] == ' ')) {
		len = strfind(list, ' ') - list;
		if (*list != '-')
			return true;
	}
	return false;
}

/* True if word is in names; with a minus before it if left_out. */
static bool
is_named(const char *word, bool left_out)
{
	const char *list = names;
	size_t n = strlen(word), len;

	for (; *list; list += len + (list[len] == ' ')) {
		len = strfind(list, ' ') - list;
		if ((*list == '-') == left_out && len == n + left_out
		    && strncmp(list + left_out, word, n) == 0)
			return true;
	}
	return false;
}

bool
grader_wants(const struct check *c)
{
	if (!grader_present())
		return true;
	if (is_named(c->name, true)
	    || is_named(check_group_names[c->group], true))
		return false;
	return !grader_is_selective()
		|| is_named(check_group_names[c->group], false)
		|| is_named(c->subject, false) || is_named(c->name, false);
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
