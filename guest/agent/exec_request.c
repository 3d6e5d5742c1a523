/* SPDX-License-Identifier: MIT */

/* exec_request.c - What is to be run: the contents of AGENT_EXEC */

#include "exec_request.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "json.h"

static const struct {
	const char *name;
	const char *value;
} env_defaults[] = {
	{ "PATH", "/usr/local/sbin:/usr/local/bin:"
		  "/usr/sbin:/usr/bin:/sbin:/bin" },
	{ "HOME", "/root" },
	{ "USER", "root" },
	{ "LOGNAME", "root" },
	{ "SHELL", "/bin/sh" },
	{ "TERM", "dumb" },
};

void exec_request_deinit(struct exec_request *req)
{
	strv_deinit(&req->argv);
	strv_deinit(&req->env);
	free(req->cwd);
	req->cwd = NULL;
}

static int get_argv(const json_t *o, struct exec_request *req, struct err *e)
{
	const json_t *a = json_object_get(o, "argv");
	size_t n = json_array_size(a);

	if (n > EXEC_REQUEST_STRINGS_MAX)
		return err_set(e, -E2BIG, "too many arguments");
	for (size_t i = 0; i < n; i++) {
		const char *s = json_string_value(json_array_get(a, i));

		if (!s)
			return err_set(e, -EINVAL, "argument %zu is no text",
				       i);
		strv_push(&req->argv, s);
	}
	if (!n || !*json_string_value(json_array_get(a, 0)))
		return err_set(e, -EINVAL, "no command given");
	return 0;
}

static void put_defaults(const json_t *env, const char *hostname,
			 struct strv *to)
{
	for (size_t i = 0; i < ARRAY_SIZE(env_defaults); i++)
		if (!json_object_get(env, env_defaults[i].name))
			strv_pushf(to, "%s=%s", env_defaults[i].name,
				   env_defaults[i].value);
	if (!json_object_get(env, "HOSTNAME"))
		strv_pushf(to, "HOSTNAME=%s", hostname);
}

static int get_env(const json_t *o, const char *hostname,
		   struct exec_request *req, struct err *e)
{
	/* jansson's iterators take no const, and change nothing. */
	json_t *env = json_object_get(o, "env"), *v;
	const char *name;

	if (env && !json_is_object(env))
		return err_set(e, -EINVAL, "\"env\" is no object");
	if (json_object_size(env) > EXEC_REQUEST_STRINGS_MAX)
		return err_set(e, -E2BIG, "too many environment variables");
	put_defaults(env, hostname, &req->env);
	json_object_foreach(env, name, v) {
		const char *value = json_string_value(v);

		if (!value || !*name || strchr(name, '='))
			return err_set(e, -EINVAL,
				       "\"%s\" cannot be a variable", name);
		strv_pushf(&req->env, "%s=%s", name, value);
	}
	return 0;
}

static int get_cwd(const json_t *o, struct exec_request *req, struct err *e)
{
	const json_t *v = json_object_get(o, "cwd");
	const char *s = v ? json_string_value(v) : "/";

	if (!s || *s != '/')
		return err_set(e, -EINVAL, "\"cwd\" is no absolute path");
	req->cwd = strdup(s);
	return req->cwd ? 0 : err_set(e, -ENOMEM, "out of memory");
}

static int get_all(const json_t *o, const char *hostname,
		   struct exec_request *req, struct err *e)
{
	int r;

	r = get_argv(o, req, e);
	if (r == 0)
		r = get_env(o, hostname, req, e);
	if (r == 0)
		r = get_cwd(o, req, e);
	if (r == 0 && (!strv_ok(&req->argv) || !strv_ok(&req->env)))
		r = err_set(e, -ENOMEM, "out of memory");
	return r;
}

int exec_request_parse(const char *text, size_t len, const char *hostname,
		       struct exec_request *ret_req, struct err *ret_err)
{
	struct exec_request req = { 0 };
	CLEANUP_JSON json_t *o = NULL;
	int r;

	r = json_parse_object(text, len, &o);
	if (r < 0)
		return err_set(ret_err, r, "not a JSON object");
	r = get_all(o, hostname, &req, ret_err);
	if (r < 0) {
		exec_request_deinit(&req);
		return r;
	}
	*ret_req = req;
	return 0;
}

int exec_request_parse_signal(const char *text, size_t len)
{
	CLEANUP_JSON json_t *o = NULL;
	uint32_t sig;

	if (json_parse_object(text, len, &o) < 0 ||
	    json_get_u32(o, "signal", 1, (uint32_t)SIGRTMAX, &sig) < 0)
		return -EINVAL;
	return (int)sig;
}
