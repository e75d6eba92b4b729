/* lib/string.c on the host, compared with the C library. */

#include "unit.h"

size_t pw_strlen(const char *s);
size_t pw_strnlen(const char *s, size_t size);
char *pw_strcpy(char *dst, const char *src);
char *pw_strncpy(char *dst, const char *src, size_t size);
char *pw_strcat(char *dst, const char *src);
int pw_strcmp(const char *a, const char *b);
int pw_strncmp(const char *a, const char *b, size_t size);
char *pw_strchr(const char *s, int c);
size_t pw_strlcpy(char *dst, const char *src, size_t size);
char *pw_strfind(const char *s, int c);
void *pw_memset(void *dst, int c, size_t len);
void *pw_memcpy(void *dst, const void *src, size_t len);
void *pw_memmove(void *dst, const void *src, size_t len);
int pw_memcmp(const void *a, const void *b, size_t len);
void *pw_memfind(const void *s, int c, size_t len);
long pw_strtol(const char *s, char **end, int base);
int pw_parse_u32(const char *s, uint32_t *out);

static int
sign(int x)
{
	return (x > 0) - (x < 0);
}

static void
lengths(void)
{
	CHECK(pw_strlen("") == 0 && pw_strlen("abc") == 3, "-");
	CHECK(pw_strnlen("abc", 2) == 2 && pw_strnlen("abc", 9) == 3, "-");
	CHECK(pw_strnlen("abc", 0) == 0, "-");
}

static void
copies_stay_in_their_buffer(void)
{
	char *buf = malloc(4);

	CHECK(pw_strlcpy(buf, "abcdef", 4) == 3 && !strcmp(buf, "abc"), "%s",
	      buf);
	CHECK(pw_strlcpy(buf, "", 4) == 0 && !*buf, "%s", buf);
	CHECK(pw_strlcpy(buf, "x", 0) == 0, "-");
	pw_strncpy(buf, "abcdef", 4);
	CHECK(!memcmp(buf, "abcd", 4), "-");
	pw_strncpy(buf, "a", 4);
	CHECK(!memcmp(buf, "a\0\0", 4), "-");
	pw_strcpy(buf, "ab");
	pw_strcat(buf, "c");
	CHECK(!strcmp(buf, "abc"), "%s", buf);
	free(buf);
}

static void
comparisons_agree_with_the_library(void)
{
	static const char *const words[] = { "", "a", "ab", "abc", "b",
		"\xFF", "a\xFF", "A" };
	size_t i, j, n;

	for (i = 0; i < 8; i++)
		for (j = 0; j < 8; j++) {
			const char *a = words[i], *b = words[j];

			CHECK(sign(pw_strcmp(a, b)) == sign(strcmp(a, b)),
			      "%s %s", a, b);
			for (n = 0; n < 4; n++)
				CHECK(sign(pw_strncmp(a, b, n))
				      == sign(strncmp(a, b, n)), "%s %s %zu",
				      a, b, n);
		}
	CHECK(pw_memcmp("a\0b", "a\0c", 3) < 0, "-");
	CHECK(pw_memcmp("x", "y", 0) == 0, "-");
}

static void
searches(void)
{
	const char *s = "hello";

	CHECK(pw_strchr(s, 'l') == s + 2 && !pw_strchr(s, 'z'), "-");
	CHECK(pw_strchr(s, 0) == s + 5, "-");
	CHECK(pw_strfind(s, 'z') == s + 5 && pw_strfind(s, 'h') == s, "-");
	CHECK(pw_memfind(s, 'o', 5) == s + 4, "-");
	CHECK(pw_memfind(s, 'o', 4) == s + 4, "the end");
}

/* Try every alignment and length up to a few words, overlapping or not. */
static void
moves_agree_with_the_library(void)
{
	unsigned char ours[64], theirs[64];
	size_t to, from, len, i;

	for (to = 0; to < 12; to++)
		for (from = 0; from < 12; from++)
			for (len = 0; len < 40; len++) {
				for (i = 0; i < 64; i++)
					ours[i] = theirs[i] = i;
				pw_memmove(ours + to, ours + from, len);
				memmove(theirs + to, theirs + from, len);
				CHECK(!memcmp(ours, theirs, 64),
				      "to %zu from %zu len %zu", to, from,
				      len);
				pw_memset(ours + to, 0x1A5, len);
				memset(theirs + to, 0xA5, len);
				CHECK(!memcmp(ours, theirs, 64),
				      "set %zu len %zu", to, len);
			}
}

static void
numbers_of_32_bits_are_parsed(void)
{
	static const struct {
		const char *text;
		uint32_t value;
	} good[] = {
		{ "0", 0 }, { "00", 0 }, { "10", 10 }, { "017", 15 },
		{ "0x1F", 31 }, { "0Xff", 255 }, { "4294967295", 4294967295U },
		{ "0xFFFFFFFF", 0xFFFFFFFF }, { "037777777777", 0xFFFFFFFF },
		{ "0x00000000000001", 1 },
	};
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		uint32_t value = 77;
		int result = pw_parse_u32(good[i].text, &value);

		CHECK(result == 0 && value == good[i].value, "%s: %d, %u",
		      good[i].text, result, value);
	}
}

static void
everything_else_is_refused(void)
{
	static const char *const bad[] = {
		"", " ", "x", "0x", "0xg", "08", "12z", "-1", "+1", " 1", "1 ",
		"4294967296", "0x100000000", "99999999999999999999999", "1.5",
		"0x-1", "\xFF", "0b1", "1e3",
		"0x10000000000000000000000000000001",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint32_t value = 77;
		int result = pw_parse_u32(bad[i], &value);

		CHECK(result < 0 && value == 77, "'%s': %d, %u", bad[i],
		      result, value);
	}
}

static void
strtol_stops_where_the_number_does(void)
{
	char *end;
	const char *s = " -12rest";

	CHECK(pw_strtol(s, &end, 0) == -12 && end == s + 4, "%s", end);
	CHECK(pw_strtol("0x", &end, 0) == 0 && *end == 'x', "%s", end);
	s = "zz";
	CHECK(pw_strtol(s, &end, 10) == 0 && end == s, "%s", end);
	CHECK(pw_strtol("ff", NULL, 16) == 255, "-");
	CHECK(pw_strtol("z", NULL, 36) == 35, "-");
}

int
main(void)
{
	TEST(lengths);
	TEST(copies_stay_in_their_buffer);
	TEST(comparisons_agree_with_the_library);
	TEST(searches);
	TEST(moves_agree_with_the_library);
	TEST(numbers_of_32_bits_are_parsed);
	TEST(everything_else_is_refused);
	TEST(strtol_stops_where_the_number_does);
	return summary();
}
