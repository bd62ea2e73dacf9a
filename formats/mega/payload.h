/* payload.h - the four kinds of payload that SQS MEGA knows, and how one is found out. */
#ifndef JN_MEGA_PAYLOAD_H
#define JN_MEGA_PAYLOAD_H

#include "common/body.h"

#define JN_MEGA_PAYLOAD "payload" /* the member of the extras that names the kind */

enum jn_mega_kind { JN_MEGA_EVENT, JN_MEGA_DATA, JN_MEGA_PLAINTEXT, JN_MEGA_BINARY };

struct jn_payload {
    enum jn_mega_kind kind;
    struct jn_members members; /* of an event */
    struct jn_body body;       /* of any other: what the extras say of the data */
    const char *data;          /* of any other: JSON */
};

/* The name of a kind among the extras: "mega". */
const char *jn_mega_kind_name(enum jn_mega_kind kind);

/* False: there is no such kind. */
bool jn_mega_kind_find(const char *name, enum jn_mega_kind *kind);

/* Find out what a parcel holds. NOT_FOUND: it is a CloudEvent. INVALID: it is not what
 * its content type or its headers say, or it is a MEGA event that is no sound JSON or
 * BSON. */
enum jangle_result jn_payload_find(const struct jn_conversion *conversion,
                                   const struct jangle_parcel *parcel,
                                   struct jn_payload *payload);

/* What SQS MEGA's own messages lack, and jangle's have: their body is text in base64. */
#define JN_MEGA_ENCODING   "content-transfer-encoding"
#define JN_MEGA_MEDIA_BSON "application/bson"

#endif
