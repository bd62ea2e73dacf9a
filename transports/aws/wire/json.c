/* json.c - the JSON in which SQS answers, and that policies and envelopes are, by
 * jansson. */
#include "aws/wire/json.h"

json_t *jn_aws_json_read(const char *bytes, size_t size)
{
    return bytes ? json_loadb(bytes, size, JSON_REJECT_DUPLICATES, NULL) : NULL;
}

const char *jn_aws_json_text(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}
