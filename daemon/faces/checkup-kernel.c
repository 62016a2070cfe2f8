/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * checkup-kernel.c - what the kernel and the processor offer
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>
#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include "checkup.h"
#include "sysfs.h"
#include "util.h"

#define KEYS_LEN (4u << 20)	/* more than a stack's keys and tickets are */

/* What came with which version, and what is worse without. */
static const struct {
	unsigned major, minor;
	const char *without;
} features[] = {
	{ 5, 8, "loop devices are set up step by step, and a crash between "
		"the steps leaves one behind" },
	{ 5, 13, "the helper sees the files of the machine (no Landlock)" },
	{ 6, 9, "what a volume's users ask while its daemon is killed is "
		"never answered (no FUSE_NOTIFY_RESEND), and FUSE passes "
		"nothing through" },
};

void checkup_kernel(const struct checkup *checkup)
{
	struct utsname name;
	unsigned major, minor;
	bool old = false;

	if (uname(&name) < 0 ||
	    sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(features); i++) {
		if (major > features[i].major ||
		    (major == features[i].major &&
		     minor >= features[i].minor))
			continue;
		old = true;
		checkup_tell(checkup, "kernel", CHECKUP_WARN, "",
			     "Linux %s is older than %u.%u: %s", name.release,
			     features[i].major, features[i].minor,
			     features[i].without);
	}
	if (!old)
		checkup_tell(checkup, "kernel", CHECKUP_OK, "", "Linux %s",
			     name.release);
}

static bool has_aes(void)
{
#if defined(__x86_64__) || defined(__i386__)
	return __builtin_cpu_supports("aes");
#elif defined(__aarch64__)
	return getauxval(AT_HWCAP) & HWCAP_AES;
#else
	return false;
#endif
}

void checkup_processor(const struct checkup *checkup)
{
	if (has_aes())
		checkup_tell(checkup, "processor", CHECKUP_OK, "",
			     "it has instructions for AES; %ld processors",
			     sysconf(_SC_NPROCESSORS_ONLN));
	else
		checkup_tell(checkup, "processor", CHECKUP_WARN, "",
			     "no instructions for AES were found: encrypted "
			     "volumes are many times slower");
}

static bool has_swap(void)
{
	char header[128], line[256];
	FILE *file = fopen("/proc/swaps", "re");
	bool swap = file && fgets(header, sizeof(header), file) &&
		    fgets(line, sizeof(line), file);

	if (file)
		(void)fclose(file);
	return swap;
}

void checkup_memory(const struct checkup *checkup)
{
	void *keys = mmap(NULL, KEYS_LEN, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int r = keys == MAP_FAILED || mlock(keys, KEYS_LEN) < 0 ? -errno : 0;

	if (keys != MAP_FAILED)
		(void)munmap(keys, KEYS_LEN);
	if (r == 0)
		checkup_tell(checkup, "memory", CHECKUP_OK, "",
			     "memory for keys can be locked");
	else
		checkup_tell(checkup, "memory", CHECKUP_WARN,
			     "raise the limit: \"ulimit -l\", or "
			     "LimitMEMLOCK= of the unit",
			     "memory for keys cannot be locked (%s)%s",
			     strerror(-r), has_swap() ?
			     ": they may reach the swap" :
			     "; there is no swap that they could reach");
}

/* Landlock's version; 0: there is none, or it is switched off. */
static long landlock_version(void)
{
	const unsigned version = 1;	/* LANDLOCK_CREATE_RULESET_VERSION */
	long n = syscall(SYS_landlock_create_ruleset, NULL, 0, version);

	return n > 0 ? n : 0;
}

/* The helper itself tells that it got into its cage. */
void checkup_sandbox(const struct checkup *checkup)
{
	char actions[256];
	long version = landlock_version();

	if (!sysfs_read("/proc/sys/kernel/seccomp/actions_avail", actions,
			sizeof(actions))) {
		checkup_tell(checkup, "sandbox", CHECKUP_FAIL,
			     "use a kernel with CONFIG_SECCOMP_FILTER",
			     "system calls cannot be filtered: the helper "
			     "will not start");
		return;
	}
	if (version > 0)
		checkup_tell(checkup, "sandbox", CHECKUP_OK, "",
			     "seccomp, and Landlock %ld", version);
	else
		checkup_tell(checkup, "sandbox", CHECKUP_WARN,
			     "add landlock to the kernel's lsm= parameter, "
			     "or use a kernel that has it",
			     "seccomp, but no Landlock: the helper can read "
			     "files that everybody may read");
}
