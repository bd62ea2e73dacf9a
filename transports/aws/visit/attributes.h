/* attributes.h - message attributes become parts of a parcel. */
#ifndef JN_VISIT_ATTRIBUTES_H
#define JN_VISIT_ATTRIBUTES_H

#include "aws/visit/visit.h"

/* Read the attributes of a record, whose body is known already: type, key, id, content
 * type and headers of its parcel. The body is decoded, if they say so. Attributes are
 * named as SQS' events have it ("stringValue") or SNS' ("Value"). An `object` without a
 * text has none. INVALID: they are malformed, or too many or too large. */
enum jangle_result jn_visit_attributes_read(struct jn_visit *visit,
                                            const struct jn_json_span *object,
                                            struct jn_visit_record *record,
                                            struct jangle_error *error);

#endif
