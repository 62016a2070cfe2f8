/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * umount.c - the verb umount: asks a mount to end, and waits until it has
 *
 * It returns when the process is gone: then all is flushed, every lock is
 * dropped, and the disk may be unplugged.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "control.h"
#include "escape.h"
#include "failure-json.h"
#include "leftovers.h"
#include "log.h"
#include "options.h"
#include "umount.h"
#include "util.h"
#include "varlink.h"

static const char about[] =
"Ends the mount whose volumes are in DIR: flushes them, releases the disk, and\n"
"returns when the process is gone.  A volume that is still open keeps it, but\n"
"for --lazy and --force.\n"
"What a mount that died left in DIR is cleared away.\n";

struct umount {
	const char *named;		/* what the user said */
	char *dir;
	int dir_fd;
	int process;			/* pidfd of the mount; -1 */
	struct varlink *link;
	bool json, lazy, force;
};

/* @error: why it cannot even be looked at, or 0. */
static int say_no_mount(const struct umount *umount, int error,
			struct failure *f)
{
	char safe[256];

	escape(umount->named, safe, sizeof(safe));
	failure_hint(f, "the directory that \"filterd mount\" printed is "
		     "wanted, or a file in it");
	if (error)
		return failure_errno(f, -error, "'%s' is no mount of filterd",
				     safe);
	return failure_set(f, -ENOENT, EXIT_NOT_FOUND,
			   "'%s' is no mount of filterd", safe);
}

/* A volume's file stands for its directory.  With a dead mount on it, all
   that can be told is that it is none. */
static int find_dir(struct umount *umount, struct failure *f)
{
	char safe[256];
	struct stat st;
	_cleanup_free_ char *copy = NULL;
	const char *dir = umount->named;

	/* A link in by-label/ stands for its volume; one to a dead mount
	   leads nowhere any more. */
	copy = realpath(umount->named, NULL);
	if (!copy)
		copy = strdup(umount->named);
	if (!copy)
		return failure_errno(f, -ENOMEM, "cannot unmount");
	escape(umount->named, safe, sizeof(safe));
	if (stat(umount->named, &st) < 0) {
		if (errno != ENOTCONN && errno != ECONNABORTED)
			return say_no_mount(umount, errno, f);
		dir = dirname(copy);
	} else if (!S_ISDIR(st.st_mode)) {
		dir = dirname(copy);
	}
	umount->dir = realpath(dir, NULL);
	if (!umount->dir)
		return failure_errno(f, -errno, "'%s'", safe);
	umount->dir_fd = open(umount->dir,
			      O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (umount->dir_fd < 0)
		return failure_errno(f, -errno, "cannot look into '%s'",
				     safe);
	return 0;
}

/* Opened while the connection lives, so that the number is still its own. */
static int watch_process(struct umount *umount)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(varlink_fd(umount->link), SOL_SOCKET, SO_PEERCRED,
		       &peer, &len) < 0)
		return -errno;
	umount->process = (int)syscall(SYS_pidfd_open, peer.pid, 0);
	return umount->process < 0 ? -errno : 0;
}

/* Nobody listens: only a directory that no process has locked is dead. */
static int clear_dead(struct umount *umount, struct failure *f)
{
	char safe[256];
	int r;

	escape(umount->dir, safe, sizeof(safe));
	if (flock(umount->dir_fd, LOCK_EX | LOCK_NB) < 0)
		return failure_set(f, -EBUSY, EXIT_BUSY, "the mount in '%s' "
				   "is ending or beginning", safe);
	r = leftovers_clear(umount->dir_fd, umount->dir);
	if (r == -ENOTEMPTY)
		failure_hint(f, "something else is in it: remove that first");
	if (r < 0)
		return failure_errno(f, r, "cannot clear '%s'", safe);
	(void)leftovers_remove_dir(umount->dir_fd, umount->dir);
	return 0;
}

/* 1: more replies follow. */
static int take_reply(const struct umount *umount, struct failure *f)
{
	struct varlink_message message;
	char safe[320];
	int r = varlink_receive(umount->link, &message, -1);

	if (r == 0)
		r = -ECONNRESET;
	if (r < 0)
		return failure_errno(f, r, "the mount in '%s' did not answer",
				     escape(umount->dir, safe, sizeof(safe)));
	if (message.error)
		r = failure_json_take(f, message.parameters, message.error);
	else if (message.continues)
		log_info("%s", escape_again(varlink_string(message.parameters,
							   "text"),
					    safe, sizeof(safe)));
	else
		r = 0;
	varlink_message_clear(&message);
	return r;
}

static int wait_until_gone(const struct umount *umount)
{
	struct pollfd wait = { .fd = umount->process, .events = POLLIN };

	while (poll(&wait, 1, -1) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* {way}, taken by the call; NULL: the usual one. */
static struct json_object *parameters(const struct umount *umount)
{
	const char *way = umount->force ? "force" : "lazy";
	struct json_object *object;

	if (!umount->force && !umount->lazy)
		return NULL;
	object = json_object_new_object();
	json_object_object_add(object, "way", json_object_new_string(way));
	return object;
}

static int ask(struct umount *umount, struct failure *f)
{
	char safe[256];
	int r = watch_process(umount);

	if (r == 0)
		r = varlink_call(umount->link, "org.filterd.Mount.Detach",
				 parameters(umount), true, NULL, 0);
	if (r < 0)
		return failure_errno(f, r, "cannot ask the mount in '%s'",
				     escape(umount->dir, safe, sizeof(safe)));
	do
		r = take_reply(umount, f);
	while (r > 0);
	return r < 0 || umount->lazy ? r : wait_until_gone(umount);
}

static int run(struct umount *umount, struct failure *f)
{
	struct stat st;
	char safe[256];
	int r = find_dir(umount, f);

	if (r < 0)
		return r;
	if (fstatat(umount->dir_fd, ".control", &st,
		    AT_SYMLINK_NOFOLLOW) < 0 || !S_ISSOCK(st.st_mode))
		return say_no_mount(umount, 0, f);

	r = control_connect(umount->dir_fd, CONTROL_MOUNT, &umount->link);
	if (r == -ECONNREFUSED || r == -ENOENT)
		return clear_dead(umount, f);
	if (r < 0)
		return failure_errno(f, r, "cannot ask the mount in '%s'",
				     escape(umount->dir, safe, sizeof(safe)));
	r = ask(umount, f);
	if (r == 0)
		log_info(umount->lazy ?
			 "'%s' is unmounted; its disk is released when nobody "
			 "has a volume open any more" :
			 "'%s' is unmounted, its disk released",
			 escape(umount->dir, safe, sizeof(safe)));
	return r;
}

static void umount_close(struct umount *umount)
{
	varlink_free(umount->link);
	cleanup_fd(&umount->process);
	cleanup_fd(&umount->dir_fd);
	free(umount->dir);
}

/* 1: help was printed. */
static int parse(struct umount *umount, int argc, char **argv,
		 struct failure *f)
{
	const struct options_entry entries[] = {
		{ "force", 'f', OPTIONS_FLAG, NULL, "take the volumes from "
		  "whoever has them open: their requests fail",
		  &umount->force },
		{ "json", 'J', OPTIONS_FLAG, NULL, "print JSON",
		  &umount->json },
		{ "lazy", 'l', OPTIONS_FLAG, NULL, "take the names away now, "
		  "and detach when the last user has closed",
		  &umount->lazy },
		{ NULL },
	};
	const struct options_usage usage = {
		"filterd umount", "DIR|VOLUME", about, entries,
	};
	int first, r = options_parse(&usage, argc, argv, &first, f);

	if (r != 0)
		return r;
	if (argc - first != 1)
		return options_misused(&usage, "umount takes the directory of "
				       "a mount, or a volume in it", f);
	if (umount->lazy && umount->force)
		return options_misused(&usage, "either --lazy or --force", f);
	umount->named = argv[first];
	return 0;
}

static void print_answer(const struct umount *umount)
{
	struct json_object *answer = json_object_new_object();
	char safe[PATH_MAX];

	json_object_object_add(answer, "path", json_object_new_string(
		escape(umount->dir, safe, sizeof(safe))));
	json_object_object_add(answer, "released",
			       json_object_new_boolean(!umount->lazy));
	printf("%s\n", json_object_to_json_string_ext(answer,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(answer);
}

int umount_verb(int argc, char **argv)
{
	struct umount umount = { .dir_fd = -1, .process = -1 };
	struct failure f = { 0 };
	int r = parse(&umount, argc, argv, &f);

	if (r == 0)
		r = run(&umount, &f);
	if (r < 0 && f.code == EXIT_OK)
		(void)failure_errno(&f, r, "cannot unmount");
	if (r < 0)
		failure_json_print(&f, "filterd", umount.json);
	else if (r == 0 && umount.json)
		print_answer(&umount);
	umount_close(&umount);
	return (int)f.code;
}
