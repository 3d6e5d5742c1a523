/* SPDX-License-Identifier: MIT */

/* proto_control.h - What fame-run says to a running cluster's supervisor
 *
 * Frames (frame.h) on the stream socket CONTROL_SOCKET in the cluster
 * directory. A client sends one CONTROL_REQUEST; the answer is one
 * CONTROL_REPLY or CONTROL_ERROR. After the reply to "exec" and "console" the
 * connection carries frames of proto_agent.h on channel 0, which the
 * supervisor passes between client and node; closing it hangs up.
 *
 * Requests, each {"op": name, ...}:
 *   status                         reply: the status document (status.h)
 *   wait {owner?, hold?}           reply when every node is ready; error when
 *                                  one cannot become ready. owner: the cluster
 *                                  ends when the connection is closed before;
 *                                  hold: also when it is closed after,
 *                                  unless a second request comes on it (any;
 *                                  reply {})
 *   exec {node, argv, env?, cwd?}  reply {}, then AGENT_* frames
 *   console {node}                 reply {}, then AGENT_STDOUT/AGENT_STDIN
 *   start {node}                   reply when it is ready; error when it
 *                                  cannot become so
 *   stop {node}                    power off; reply when its machine has ended
 *   crash {node}                   kill its machine; the same
 *   destroy {node}                 end its machine at once; the node is down,
 *                                  not failed, then; the same
 *   pause {node}                   it gets no processor; reply {}
 *   resume {node}                  ... it does again; reply {}
 *   await_ready {node}             reply when it is ready, whoever sees to
 *                                  that; error when it has failed
 *   await_stopped {node}           reply when it has no machine
 *   link {node, down, loss_ppm, delay_us, rate}
 *                                  how good its cable is, as struct
 *                                  switch_link; reply {}
 *   capture {node?}                reply {}; what follows on the connection is a
 *                                  capture of proto_switch.h
 *   ring {node, vector}            ring a node's doorbell; reply {}
 *   doorbells                      reply: see doorbell_document()
 *   down                           reply {} when all has ended
 */
#pragma once

#define CONTROL_SOCKET "control"

enum control_frame {
	CONTROL_REQUEST = 128, /* client: JSON object */
	CONTROL_REPLY = 129,   /* supervisor: JSON object */
	CONTROL_ERROR = 130,   /* supervisor: {"errno": n, "errmsg": text} */
	CONTROL_EVENT = 131,   /* supervisor, before the reply to "wait":
				* {"node": name, "state": name}
				*/
};
