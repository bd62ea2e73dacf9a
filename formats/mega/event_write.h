/* event_write.h - writes the sections of a MEGA event. */
#ifndef JN_MEGA_EVENT_WRITE_H
#define JN_MEGA_EVENT_WRITE_H

#include "common/members.h"

/* Write contents as the JSON of a MEGA event, whose members have no order yet. `extra`
 * has the members of contents->extra. INVALID: the protocol cannot say that. */
enum jangle_result jn_mega_event_write(const struct jn_conversion *conversion,
                                       const struct jangle_contents *contents,
                                       const struct jn_members *extra,
                                       struct jn_json_writer *json);

#endif
