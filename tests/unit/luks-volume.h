/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * luks-volume.h - LUKS volumes that cryptsetup makes, on a fake medium
 */
#ifndef LUKS_VOLUME_H
#define LUKS_VOLUME_H

#include <endian.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "../../filters/crypt/crypt.h"
#include "fake-next.h"

extern const struct filter_ops crypt_filter;

#define PASS		"open sesame"
#define CHEAP		"--pbkdf pbkdf2 --pbkdf-force-iterations 1000"
/* Makes the data of a LUKS2 volume begin at 2 MiB, not 16. */
#define SMALL		"--luks2-metadata-size 16k --luks2-keyslots-size 1M"
#define COPY		16384u		/* bytes of a SMALL header's copy */

static char volume_dir[] = "/tmp/filterd-test-XXXXXX";

static inline void volume_forget(void)
{
	char command[64];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", volume_dir);
	(void)!system(command);
}

/* Runs a shell command in a folder of our own; its exit status. */
__attribute__((format(printf, 1, 2)))
static inline int volume_run(const char *fmt, ...)
{
	static bool made;
	char command[1024], line[1200];
	va_list ap;

	if (!made && mkdtemp(volume_dir)) {
		made = true;
		atexit(volume_forget);
	}
	va_start(ap, fmt);
	(void)vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	(void)snprintf(line, sizeof(line), "cd '%s' && { %s; } >/dev/null 2>&1",
		       volume_dir, command);
	return system(line);
}

static inline bool volume_tool(const char *name)
{
	return volume_run("PATH=$PATH:/usr/sbin:/sbin command -v %s",
			  name) == 0;
}

/* A volume file of @size ("4M"), with cryptsetup's @options. */
static inline int volume_format(const char *file, const char *size,
				const char *options)
{
	return volume_run("PATH=$PATH:/usr/sbin:/sbin; truncate -s %s %s &&"
			  " printf %%s '" PASS "' | cryptsetup luksFormat"
			  " --batch-mode " CHEAP " %s %s -", size, file,
			  options, file);
}

/* As `cryptsetup ...`, with the passphrase on its standard input. */
#define volume_cryptsetup(fmt, ...)					\
	volume_run("PATH=$PATH:/usr/sbin:/sbin; printf %%s '" PASS	\
		   "' | cryptsetup --batch-mode " fmt, ##__VA_ARGS__)

/* The file as a medium. */
static inline bool volume_load(struct fake *f, const char *file,
			       uint32_t granule)
{
	char path[256];
	struct stat st;
	ssize_t n = 0;
	int fd;

	(void)snprintf(path, sizeof(path), "%s%s%s",
		       file[0] == '/' ? "" : volume_dir,
		       file[0] == '/' ? "" : "/", file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		fake_open(f, 1 << 20, granule);
		return false;
	}
	fake_open(f, (uint64_t)st.st_size, granule);
	n = read(fd, f->data, (size_t)st.st_size);
	(void)close(fd);
	return n == st.st_size;
}

static inline bool volume_save(const struct fake *f, const char *file)
{
	char path[256];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", volume_dir, file);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	n = write(fd, f->data, f->medium.size);
	return close(fd) == 0 && n == (ssize_t)f->medium.size;
}

/* The filter's prepare with these settings and passphrases to answer with. */
static inline int volume_prepare(struct fake *f, const char *const *settings,
				 const char *const *passphrases)
{
	int r = fake_init(f, &crypt_filter, settings);

	f->passphrases = passphrases;
	return r < 0 ? r : crypt_filter.prepare(f->self, &f->next);
}

/* A header's checksum: SHA-256 over the copy with the checksum's place zero. */
static inline void volume_seal(unsigned char *copy, size_t size)
{
	memset(copy + 448, 0, 64);
	(void)EVP_Digest(copy, size, copy + 448, NULL, EVP_sha256(), NULL);
}

/* Replaces text in the JSON of both copies of a SMALL LUKS2 header. */
static inline bool volume_edit(struct fake *f, const char *from,
			       const char *to)
{
	for (unsigned i = 0; i < 2; i++) {
		unsigned char *copy = f->data + i * COPY;
		char *json = (char *)copy + 4096;
		char *at = strstr(json, from);
		size_t rest;

		if (!at)
			return false;
		rest = strlen(at + strlen(from)) + 1;
		if ((size_t)(at - json) + strlen(to) + rest > COPY - 4096)
			return false;
		memmove(at + strlen(to), at + strlen(from), rest);
		memcpy(at, to, strlen(to));
		rest = strlen(json);
		memset(json + rest, 0, COPY - 4096 - rest);
		volume_seal(copy, COPY);
	}
	return true;
}

#endif /* LUKS_VOLUME_H */
