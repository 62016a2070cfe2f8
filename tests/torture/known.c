/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * known.c - known DIR: writes DIR/NAME.img, one of each that there is, and
 * their names
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "known-samples.h"

static int write_sample(const char *dir, const struct sample *sample)
{
	static unsigned char data[SAMPLE_LEN];
	char path[4096];
	FILE *file;

	memset(data, 0, sizeof(data));
	sample->make(data);
	snprintf(path, sizeof(path), "%s/%s.img", dir, sample->name);
	file = fopen(path, "w");
	if (!file)
		return -1;
	if (fwrite(data, sizeof(data), 1, file) != 1) {
		(void)fclose(file);
		return -1;
	}
	printf("%s\n", sample->name);
	return fclose(file);
}

int main(int argc, char **argv)
{
	const struct sample *const lists[] = { samples_linux, samples_windows,
					       samples_apple };

	if (argc != 2 || mkdir(argv[1], 0755) < 0) {
		perror("known DIR");
		return EXIT_FAILURE;
	}
	for (unsigned i = 0; i < 3; i++)
		for (const struct sample *s = lists[i]; s->name; s++)
			if (write_sample(argv[1], s) < 0)
				return EXIT_FAILURE;
	return EXIT_SUCCESS;
}
