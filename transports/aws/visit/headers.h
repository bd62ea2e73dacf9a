/* headers.h - the headers of a record's parcel, within their limits. */
#ifndef JN_VISIT_HEADERS_H
#define JN_VISIT_HEADERS_H

#include "aws/visit/visit.h"

/* Add a header. The texts are borrowed; letters of the name become small ones. INVALID: a
 * limit is exceeded. */
enum jangle_result jn_visit_header_add(struct jn_visit_record *record,
                                       char *name,
                                       const char *value,
                                       struct jangle_error *error);

/* Add those that are in the attribute in which jangle writes them. NOT_FOUND: the text is
 * no list of headers, and none is added. */
enum jangle_result jn_visit_headers_read(struct jn_visit *visit,
                                         const char *json,
                                         struct jn_visit_record *record,
                                         struct jangle_error *error);

#endif
