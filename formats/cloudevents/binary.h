/* binary.h - a CloudEvent whose data is the body, and whose attributes are headers. */
#ifndef JN_BINARY_H
#define JN_BINARY_H

#include "common/conversion.h"

enum jangle_result jn_binary_write(const struct jn_conversion *conversion,
                                   const struct jangle_contents *contents,
                                   struct jangle_parcel *parcel);

/* Do the headers say that the parcel is such an event? */
bool jn_binary_is(const struct jangle_parcel *parcel);

/* As jn_structured_read, of a parcel that is one. */
enum jangle_result jn_binary_read(const struct jn_conversion *conversion,
                                  const struct jangle_parcel *parcel,
                                  struct jangle_contents *contents,
                                  struct jn_json_writer *extra);

#endif
