/* parcel.h - is the parcel that was received the one that was sent? */
#ifndef JN_TRANSPORT_PARCEL_H
#define JN_TRANSPORT_PARCEL_H

#include "testing/transport/trial.h"

/* Compare body, content type, id, key and headers. The received parcel may have so many
 * headers more. */
void jn_parcel_compare(struct jn_trial *trial,
                       const struct jangle_parcel *sent,
                       const struct jangle_parcel *received,
                       size_t more);

/* Fail unless the parcel has one header of that name, with that value. */
void jn_parcel_expect_header(struct jn_trial *trial,
                             const struct jangle_parcel *parcel,
                             const char *name,
                             const char *value);

#endif
