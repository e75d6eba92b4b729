#ifndef PAGEWALK_LIB_KEYS_H
#define PAGEWALK_LIB_KEYS_H

#define CTRL(c)		((c) & 0x1F)

/* Codes for keys that are not characters. */
enum {
	KEY_UP = 0x100, KEY_DOWN, KEY_RIGHT, KEY_LEFT, KEY_HOME, KEY_END,
	KEY_DEL, KEY_UNKNOWN,
};

/* Wait for a key, and return its character or code. */
int	readline_key(void);

#endif
