/* json.h - the JSON in which SQS answers, and that policies and envelopes are. */
#ifndef JN_AWS_JSON_H
#define JN_AWS_JSON_H

#include <jansson.h>

/* NULL: it is no JSON. Free it with json_decref. */
json_t *jn_aws_json_read(const char *bytes, size_t size);

/* A member that is a text, or else NULL. It lives as long as the object. */
const char *jn_aws_json_text(const json_t *object, const char *name);

#endif
