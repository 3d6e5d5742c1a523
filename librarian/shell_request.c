/* SPDX-License-Identifier: MIT */

/* shell_request.c - The protocol's commands as words */

#include "shell_request.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "cleanup.h"
#include "json.h"
#include "parse.h"

#define PARAMS_MAX 6

enum kind {
	TEXT,
	NUMBER, /* with a suffix K, M, G or T, if one likes */
	MODE,	/* octal */
	LIST,	/* all that is left, numbers */
};

struct param {
	const char *key;
	enum kind kind;
	const char *absent; /* NULL: needed; "": is left out */
};

static const struct {
	const char *name;
	struct param params[PARAMS_MAX];
} commands[] = {
	{ "version", { { NULL } } },
	{ "get_fs_stats", { { NULL } } },
	{ "create_shelf",
	  { { "path", TEXT, NULL }, { "mode", MODE, "0666" } } },
	{ "open_shelf", { { "path", TEXT, NULL } } },
	{ "close_shelf",
	  { { "id", NUMBER, NULL }, { "open_handle", NUMBER, NULL } } },
	{ "list_open_shelves", { { NULL } } },
	{ "get_shelf", { { "path", TEXT, NULL } } },
	{ "list_shelves", { { "path", TEXT, "/" } } },
	{ "list_shelf_books", { { "path", TEXT, NULL } } },
	{ "resize_shelf",
	  { { "path", TEXT, NULL },
	    { "size_bytes", NUMBER, NULL },
	    { "id", NUMBER, "" } } },
	{ "rename_shelf",
	  { { "path", TEXT, NULL },
	    { "newpath", TEXT, NULL },
	    { "id", NUMBER, "" } } },
	{ "destroy_shelf", { { "path", TEXT, NULL } } },
	{ "mkdir", { { "path", TEXT, NULL }, { "mode", MODE, "0777" } } },
	{ "rmdir", { { "path", TEXT, NULL } } },
	{ "symlink", { { "path", TEXT, NULL }, { "target", TEXT, NULL } } },
	{ "readlink", { { "path", TEXT, NULL } } },
	{ "get_shelf_path",
	  { { "name", TEXT, NULL }, { "parent_id", NUMBER, NULL } } },
	{ "set_am_time",
	  { { "path", TEXT, NULL },
	    { "atime", NUMBER, "0" },
	    { "mtime", NUMBER, "0" } } },
	{ "get_xattr", { { "path", TEXT, NULL }, { "xattr", TEXT, NULL } } },
	{ "list_xattrs", { { "path", TEXT, NULL } } },
	{ "set_xattr",
	  { { "path", TEXT, NULL },
	    { "xattr", TEXT, NULL },
	    { "value", TEXT, NULL } } },
	{ "remove_xattr", { { "path", TEXT, NULL }, { "xattr", TEXT, NULL } } },
	{ "get_book", { { "id", NUMBER, NULL } } },
	{ "get_book_all", { { NULL } } },
	{ "get_book_ig", { { "intlv_group", LIST, NULL } } },
	{ "get_book_info_all", { { "intlv_group", NUMBER, NULL } } },
	{ "kill_zombie_books", { { NULL } } },
	{ "update_node_soc_status",
	  { { "status", NUMBER, NULL },
	    { "cpu_percent", NUMBER, "" },
	    { "rootfs_percent", NUMBER, "" },
	    { "mem_percent", NUMBER, "" },
	    { "network_in", NUMBER, "" },
	    { "network_out", NUMBER, "" } } },
	{ "update_node_mc_status", { { "status", NUMBER, NULL } } },
	{ "send_OOB", { { "msg", TEXT, NULL } } },
	{ "self_check", { { NULL } } },
};

static int find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, name))
			return (int)i;
	return -ENOENT;
}

bool shell_request_known(const char *name)
{
	return find(name) >= 0;
}

const char *shell_request_at(size_t i)
{
	return i < ARRAY_SIZE(commands) ? commands[i].name : NULL;
}

/* "create_shelf path [mode]" */
static void usage(size_t i, char *buf, size_t size)
{
	size_t n = (size_t)snprintf(buf, size, "%s", commands[i].name);

	for (size_t k = 0; k < PARAMS_MAX; k++) {
		const struct param *p = &commands[i].params[k];

		if (!p->key)
			break;
		n += (size_t)snprintf(buf + n, size - n, " %s%s%s%s",
				      p->absent ? "[" : "", p->key,
				      p->kind == LIST ? "..." : "",
				      p->absent ? "]" : "");
	}
}

int shell_request_help(FILE *out, const char *name)
{
	int one = name ? find(name) : 0;
	char text[256];

	if (one < 0)
		return one;
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (name && i != (size_t)one)
			continue;
		usage(i, text, sizeof(text));
		(void)fprintf(out, "  %s\n", text);
	}
	return 0;
}

/* ---- parameters ----------------------------------------------------------- */

static json_t *number_to_json(const char *text)
{
	uint64_t v;

	return parse_size(text, &v) < 0 ? NULL : json_integer((json_int_t)v);
}

static json_t *mode_to_json(const char *text)
{
	json_int_t v = 0;

	for (const char *p = text; *p; p++) {
		if (*p < '0' || *p > '7' || p - text > 6)
			return NULL;
		v = v * 8 + (*p - '0');
	}
	return *text ? json_integer(v) : NULL;
}

static json_t *list_to_json(char *const *words, size_t n)
{
	CLEANUP_JSON json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		if (json_array_append_new(list, number_to_json(words[i])) < 0)
			return NULL;
	return take_ptr(&list);
}

static json_t *param_to_json(const struct param *p, char *const *words,
			     size_t n)
{
	const char *text = n ? words[0] : p->absent;

	switch (p->kind) {
	case TEXT:
		return json_string(text);
	case NUMBER:
		return number_to_json(text);
	case MODE:
		return mode_to_json(text);
	case LIST:
		break;
	}
	return list_to_json(words, n);
}

/* Return: 0, or -EINVAL */
static int set_params(json_t *o, const struct param *params, char *const *words,
		      size_t n)
{
	for (size_t k = 0; k < PARAMS_MAX && params[k].key; k++) {
		const struct param *p = &params[k];
		size_t used = p->kind == LIST ? n : n > 0;

		if (!used && !p->absent)
			return -EINVAL;
		if (!used && !*p->absent)
			continue;
		if (json_object_set_new(o, p->key, param_to_json(p, words, n)) <
		    0)
			return -EINVAL;
		words += used;
		n -= used;
	}
	return n ? -EINVAL : 0;
}

int shell_request_make(char *const *words, size_t n, json_t **ret_o,
		       struct err *e)
{
	CLEANUP_JSON json_t *o = NULL;
	char text[256];
	int i, r;

	if (n == 1 && *words[0] == '{') {
		r = json_parse_object(words[0], strlen(words[0]), ret_o);
		return r < 0 ? err_set(e, r, "'%s' is no JSON object",
				       words[0]) :
			       0;
	}
	i = find(words[0]);
	if (i < 0)
		return err_set(e, i, "'%s' is not a command; see 'help'",
			       words[0]);
	o = json_pack("{s:s}", "command", words[0]);
	if (!o)
		return err_set(e, -ENOMEM, "no memory");
	r = set_params(o, commands[i].params, words + 1, n - 1);
	if (r < 0) {
		usage((size_t)i, text, sizeof(text));
		return err_set(e, r, "'%s' is used so: %s", words[0], text);
	}
	*ret_o = take_ptr(&o);
	return 0;
}
