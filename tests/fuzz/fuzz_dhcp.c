/* SPDX-License-Identifier: MIT */

/* fuzz_dhcp.c - Bytes of a node's DHCP message
 *
 * room: switch
 */

#include <stdlib.h>
#include <string.h>

#include "dhcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct lan lan;
	struct dhcp_reply r;

	if (!lan.n_hosts) {
		(void)lan_init(&lan, "192.168.42.0/24", "fame", NULL);
		(void)lan_add(&lan, "node01", "48:50:42:01:01:01",
			      "192.168.42.1", NULL);
	}
	if (!dhcp_answer(&lan, &lan.hosts[0], data, size, &r))
		return 0;
	if (r.len < 300 || r.len > sizeof(r.data) || r.data[0] != 2 ||
	    memcmp(r.data + 28, lan.hosts[0].mac, ETH_ALEN) != 0)
		abort();
	return 0;
}
