/* events.c - any bytes at all, as an event of Lambda or a web hook of SNS: refused with a
 * sentence that fits the result, or visited; and what is visited keeps to its limits. */
#include "fuzz/fuzz.h"

#include "base/utf8.h"
#include "support/failing_allocator.h"

#include <jangle/plugin/json.h>
#include <jangle/transport/aws_visit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY_PER_BYTE = 64, MEMORY_AT_LEAST = 4096, BODY_BYTES = 4096, ID_BYTES = 200 };

static void expect(bool holds, const char *what, const char *text)
{
    if (holds)
        return;
    fprintf(stderr, "%s: %s\n", what, text);
    abort();
}

/* ---- what is visited ------------------------------------------------------------ */

/* Reads each byte, so that ASan sees a text that does not end. */
static void expect_text(const char *text, size_t most, const char *what)
{
    expect(!text || strlen(text) <= most, what, "");
}

static enum jangle_result
visit(void *context, const struct jangle_parcel *parcel, struct jangle_error *error)
{
    (void)error;
    size_t bytes = 0, *count = context;

    expect_text(parcel->id, ID_BYTES, "an id is too long");
    expect_text(parcel->key, ID_BYTES, "a key is too long");
    expect_text(parcel->route, SIZE_MAX, "a route");
    expect_text(parcel->topic, SIZE_MAX, "a topic");
    expect_text(parcel->queue, SIZE_MAX, "a queue");
    expect_text(parcel->content_type, SIZE_MAX, "a content type");
    expect(parcel->body && parcel->body_size <= BODY_BYTES, "a body is too large", "");
    expect(parcel->attempt >= 0, "an attempt is below zero", "");
    expect(parcel->header_count <= 64, "too many headers", "");
    for (size_t i = 0; i < parcel->header_count; i++) {
        const struct jangle_header *header = &parcel->headers[i];

        expect(!strpbrk(header->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
               "a name with capitals", header->name);
        bytes += strlen(header->name) + strlen(header->value);
    }
    expect(bytes <= 64 * 1024, "the headers are too large", "");
    return ++*count % 2 ? JANGLE_OK : JANGLE_RETRY;
}

static const char *fetch(void *context, const char *url)
{
    (void)context;
    expect(strncmp(url, "https://sns.", 12) == 0 && strstr(url, ".amazonaws.com"),
           "not Amazon's", url);
    return "no certificate";
}

static enum jangle_result subscription(void *context,
                                       const struct jangle_aws_subscription *subscription)
{
    (void)context;
    expect(false, "nothing is signed here", subscription->topic);
    return JANGLE_OK;
}

/* ---- what must hold
 * --------------------------------------------------------------------- */

static void check_end(enum jangle_result result,
                      const struct jangle_error *error,
                      struct failing_allocator *memory,
                      size_t size)
{
    expect(result == JANGLE_OK || result == JANGLE_INVALID || result == JANGLE_BUSY ||
               result == JANGLE_RETRY,
           "strange result", error->message);
    expect(error->result == result && !*error->message == !result,
           "the sentence does not fit", error->message);
    expect(jn_utf8_is_valid(error->message, strlen(error->message)),
           "the sentence is not UTF-8", error->message);
    expect(!memory->pieces, "memory is left", "");
    expect(memory->most_bytes < (int64_t)size * MEMORY_PER_BYTE + MEMORY_AT_LEAST,
           "too much memory", error->message);
}

static void try_visit(const char *json, bool strict)
{
    struct failing_allocator memory;
    struct jangle_aws_visit_options options = {.allocator = &memory.allocator,
                                               .message_bytes = BODY_BYTES};
    struct jangle_error error;
    enum jangle_result result;
    size_t count = 0;

    failing_allocator_init(&memory, 0);
    if (strict) {
        options.certificate = fetch;
        options.subscription = subscription;
    }
    result = jangle_aws_visit(json, &options, visit, &count, &error);
    check_end(result, &error, &memory, strlen(json));
    expect(!strict || !count, "a message without a signature is visited", json);
}

/* How many failures an answer names. */
static size_t count_failures(const char *text)
{
    struct jn_json_span value, name;
    struct jn_json json;
    size_t count = 0;

    jn_json_init(&json, text, strlen(text), 8);
    jn_json_peek(&json);
    jn_json_enter(&json);
    expect(jn_json_next_member(&json, true, &name) &&
               jn_json_says(&name, "batchItemFailures") &&
               jn_json_peek(&json) == JN_JSON_LIST,
           "no list of failures", text);
    jn_json_enter(&json);
    for (; jn_json_next_item(&json, !count); count++)
        jn_json_skip(&json, &value);
    expect(!jn_json_next_member(&json, false, &name) && jn_json_finish(&json),
           "the answer is no JSON", text);
    return count;
}

static void try_answer(const char *json)
{
    struct failing_allocator memory;
    const struct jangle_aws_visit_options options = {.allocator = &memory.allocator,
                                                     .message_bytes = BODY_BYTES};
    struct jangle_aws_response response;
    struct jangle_error error;
    enum jangle_result result;
    size_t count = 0;

    failing_allocator_init(&memory, 0);
    result = jangle_aws_answer(json, &options, &response, visit, &count, &error);
    expect(!response.text == (result != JANGLE_OK), "an answer and a failure", json);
    if (!result)
        expect(count_failures(response.text) == response.failed, "other failures",
               response.text);
    jangle_aws_response_free(&response);
    check_end(result, &error, &memory, strlen(json));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *json = malloc(size + 1);

    if (!json)
        abort();
    memcpy(json, bytes, size);
    json[size] = '\0';
    try_visit(json, false);
    try_visit(json, true);
    try_answer(json);
    free(json);
    return 0;
}
