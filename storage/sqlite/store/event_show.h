/* event_show.h - events of any stream are shown in the order of the log: by names of
 * their streams that the reader knows, or the plain way. */
#ifndef JN_EVENT_SHOW_H
#define JN_EVENT_SHOW_H

#include "sqlite/file/stream_names.h"
#include "sqlite/store/event_row.h"

/* Begin a page of rows that are shown. From then on `alone` says which query to ask:
 * whether the rows of streams are asked for with the events, or are not, because nearly
 * all are known. */
void jn_event_show_begin(struct jn_event_row *row, const struct jn_stream_names *names);

/* Show the record at which the query is, and learn the names of its stream. */
void jn_event_show(struct jn_event_row *row,
                   struct jn_stream_names *names,
                   struct jangle_record *record);

#endif
