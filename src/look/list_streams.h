/* list_streams.h - a page of the list of streams, of any store. */
#ifndef JN_LIST_STREAMS_H
#define JN_LIST_STREAMS_H

#include "look/look.h"

/* Visit streams as ST-39 has it, but perhaps fewer than `limit`: none if there are no
 * more. In a store that keeps no list all events are read for the next few of them. */
enum jangle_result jn_list_streams(struct jangle_look *look,
                                   const char *kind,
                                   const char *after_kind,
                                   const char *after_id,
                                   size_t limit,
                                   jangle_found_stream_fn *visit,
                                   void *context,
                                   struct jangle_error *error);

#endif
