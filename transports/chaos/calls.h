/* calls.h - the operations that only the end of a connection disturbs. */
#ifndef JN_CHAOS_CALLS_H
#define JN_CHAOS_CALLS_H

#include <jangle/plugin/transport.h>

jangle_transport_declare_topic_fn jn_chaos_declare_topic;
jangle_transport_declare_queue_fn jn_chaos_declare_queue;
jangle_transport_attach_fn jn_chaos_attach;
jangle_transport_detach_fn jn_chaos_detach;
jangle_transport_tend_fn jn_chaos_tend;
jangle_transport_wake_fn jn_chaos_wake;
jangle_transport_standing_by_fn jn_chaos_standing_by;
jangle_transport_count_fn jn_chaos_count;
jangle_transport_purge_fn jn_chaos_purge;
jangle_transport_remove_queue_fn jn_chaos_remove_queue;
jangle_transport_remove_topic_fn jn_chaos_remove_topic;

#endif
