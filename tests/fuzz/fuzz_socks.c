/* SPDX-License-Identifier: MIT */

/* fuzz_socks.c - Whatever a client says to the proxy: a greeting, a request
 *
 * room: launcher
 */

#include <stdlib.h>
#include <string.h>

#include "socks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t choice[SOCKS_CHOICE_LEN], reply[SOCKS_REPLY_LEN];
	struct socks_target t;
	int n = socks_read_greeting(data, size, choice), r;

	if (n > (int)size || (n == 0 && size >= SOCKS_MESSAGE_MAX))
		abort();
	if (n <= 0)
		return 0;
	data += n;
	size -= (size_t)n;
	r = socks_read_request(data, size, &t);
	/* Whatever is long enough is judged. */
	if (r > (int)size || (r == 0 && size >= SOCKS_MESSAGE_MAX))
		abort();
	if (r > 0 && (!t.port || t.host[0] == '-' || !*t.host ||
		      strpbrk(t.host, " /\t\n\"'\\")))
		abort();
	socks_put_reply(r, reply);
	return 0;
}
