/* kern/dev/ide.c, and a way to load it again. */

#include <kern/dev/ide.c>

void ide_forget(void);

void
ide_forget(void)
{
	static struct channel fresh[2];
	static bool loaded;
	int n;

	for (n = 0; n < 2; n++)
		if (loaded)
			channels[n] = fresh[n];
		else
			fresh[n] = channels[n];
	loaded = true;
	for (n = 0; n < IDE_DISKS; n++) {
		ide_disks[n] = (struct ide_disk) { .present = false };
		blocks[n] = 0;
	}
	initialised = false;
}
