/* structured.h - a CloudEvent as one JSON object. */
#ifndef JN_STRUCTURED_H
#define JN_STRUCTURED_H

#include "common/conversion.h"

enum jangle_result jn_structured_write(const struct jn_conversion *conversion,
                                       const struct jangle_contents *contents,
                                       struct jangle_parcel *parcel);

/* Fill in contents that are empty, but for `extra`, which is put into the object that
 * `extra` has begun. If `certain` is not set, what has no member "specversion" before a
 * fault is NOT_FOUND. */
enum jangle_result jn_structured_read(const struct jn_conversion *conversion,
                                      const struct jangle_parcel *parcel,
                                      bool certain,
                                      struct jangle_contents *contents,
                                      struct jn_json_writer *extra);

#endif
