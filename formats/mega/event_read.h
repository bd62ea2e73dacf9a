/* event_read.h - reads the sections of a MEGA event. */
#ifndef JN_MEGA_EVENT_READ_H
#define JN_MEGA_EVENT_READ_H

#include "common/members.h"

/* Read a MEGA event, whose members are given, into contents; what has no place there is
 * put into the extras. INVALID: a section or a member is missing, or is not what the
 * protocol says. */
enum jangle_result jn_mega_event_read(const struct jn_conversion *conversion,
                                      const struct jn_members *members,
                                      struct jangle_contents *contents,
                                      struct jn_json_writer *extra);

#endif
