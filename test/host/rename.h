/*
 * Force-included into kernel and library sources that are compiled for the
 * host: renames functions that the C library has, too.
 */
#define strlen		pw_strlen
#define strnlen		pw_strnlen
#define strcpy		pw_strcpy
#define strncpy		pw_strncpy
#define strcat		pw_strcat
#define strcmp		pw_strcmp
#define strncmp		pw_strncmp
#define strchr		pw_strchr
#define strlcpy		pw_strlcpy
#define strfind		pw_strfind
#define memset		pw_memset
#define memcpy		pw_memcpy
#define memmove		pw_memmove
#define memcmp		pw_memcmp
#define memfind		pw_memfind
#define strtol		pw_strtol
#define parse_u32	pw_parse_u32
#define printfmt	pw_printfmt
#define vprintfmt	pw_vprintfmt
#define snprintf	pw_snprintf
#define vsnprintf	pw_vsnprintf
