/* SPDX-License-Identifier: MIT */

/* proto_agent.h - What the supervisor and a node's agent say to each other
 *
 * Frames (frame.h) on the virtio-serial port AGENT_PORT_NAME. Channel 0 is the
 * node itself; channels 1..65535 are commands that run in it, numbered by the
 * supervisor. JSON payloads are objects in UTF-8; keys not named here are to
 * be ignored.
 *
 * Start:  agent     AGENT_HELLO
 *         host      AGENT_IDENTITY, once for each start or restore
 *         agent     AGENT_READY, or AGENT_FAILED
 * Then:   host      AGENT_EXEC on a free channel; stdin on credit
 *         agent     output on credit; AGENT_EXIT ends the channel
 * End:    host      AGENT_POWEROFF
 */
#pragma once

#define AGENT_PORT_NAME "fame.agent"
#define AGENT_PROTOCOL 1

enum agent_frame {
	/* agent to host, channel 0 */

	/* {"protocol": AGENT_PROTOCOL, "version": "0.1.0"} */
	AGENT_HELLO = 1,
	/* {"uptime_ms": milliseconds since the node's kernel started} */
	AGENT_READY = 2,
	/* Text: one line, why the node cannot do its work */
	AGENT_FAILED = 3,

	/* host to agent, channel 0 */

	/* {"node_id": 1..80, "hostname": "node01", "domain": "fame",
	 *  "address": "192.168.42.1", "prefix": 24,
	 *  "gateway": "192.168.42.254", "dns": "192.168.42.254", "mtu": 1500,
	 *  "hosts": [{"name": "node01", "address": "192.168.42.1",
	 *             "key": public key of its ssh server}, ...],
	 *  "time_ns": nanoseconds since the epoch, "seed": 64 hex digits,
	 *  "librarian": {"address": "192.168.42.254", "port": 9093,
	 *                "token": "hex"}, "mount": "/lfs",
	 *  "ssh": {"host_key": of this node, "key": the cluster's (both
	 *          private, OpenSSH's text), "authorized": its public part},
	 *  "user": {"name": "l4mdc", "password": "may be absent"}}
	 * "librarian" absent: no LFS. "ssh" or a host's "key" absent: no such
	 * key. "user" absent: root is the only one.
	 */
	AGENT_IDENTITY = 16,
	/* Empty. Unmount, sync, switch the machine off. */
	AGENT_POWEROFF = 17,

	/* host to agent, channel of a command */

	/* {"argv": [...], "env": {"NAME": "value"}, "cwd": "/"}; env and cwd
	 * may be absent. The new channel starts with FRAME_WINDOW of credit
	 * both ways.
	 */
	AGENT_EXEC = 32,
	/* Bytes for standard input, on credit */
	AGENT_STDIN = 33,
	/* Empty: end of standard input */
	AGENT_STDIN_EOF = 34,
	/* {"signal": number} for the command's process group */
	AGENT_SIGNAL = 35,
	/* Empty: nobody wants the output any more; SIGHUP, then SIGKILL.
	 * AGENT_EXIT still comes.
	 */
	AGENT_HANGUP = 36,

	/* agent to host, channel of a command */

	/* Bytes of standard output or error, together on credit */
	AGENT_STDOUT = 48,
	AGENT_STDERR = 49,
	/* {"status": 0..255}, {"signal": n} or {"errno": n, "errmsg": text}
	 * (it did not start); the last frame of the channel.
	 */
	AGENT_EXIT = 50,

	/* both ways, channel of a command */

	/* u32: bytes of credit given back */
	AGENT_CREDIT = 64,
};
