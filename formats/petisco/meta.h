/* meta.h - the "meta" of petisco's messages, in which the origin of a message stands. */
#ifndef JN_PETISCO_META_H
#define JN_PETISCO_META_H

#include "common/members.h"

/* Write the object: the origin, and what `meta` has besides, which may be NULL. INVALID
 * if both say the same. */
enum jangle_result jn_petisco_meta_write(const struct jn_conversion *conversion,
                                         const struct jangle_origin *origin,
                                         const struct jn_member *meta,
                                         struct jn_json_writer *json);

/* Read it: what belongs to the origin is filled in there, and the rest is put into
 * `extra` as a member "meta". */
enum jangle_result jn_petisco_meta_read(const struct jn_conversion *conversion,
                                        const struct jn_member *meta,
                                        struct jangle_origin *origin,
                                        struct jn_json_writer *extra);

#endif
