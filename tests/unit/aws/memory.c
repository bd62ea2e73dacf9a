/* memory.c - every allocation fails once, our own and those of libcrypto: nothing is
 * left, and a sound message is never refused because memory ran out. */
#include "support/failing_allocator.h"
#include "support/test.h"
#include "unit/aws/shown.h"
#include "unit/aws/signer.h"

#include <jangle/transport/aws_visit.h>

#include <openssl/crypto.h>
#include <stdlib.h>

/* ---- libcrypto's memory
 * ------------------------------------------------------------------ */

/* libcrypto asks for its functions once, before its first piece of memory. */
static struct {
    int64_t calls;
    int64_t fail_at; /* 0: none */
} crypto;

static bool fails_now(void)
{
    return ++crypto.calls == crypto.fail_at;
}

static void *crypto_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails_now() ? NULL : malloc(size);
}

static void *crypto_realloc(void *memory, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails_now() ? NULL : realloc(memory, size);
}

static void crypto_free(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    free(memory);
}

/* ---- a visit with everything in it
 * --------------------------------------------------------- */

static enum jangle_result
take(void *context, const struct jangle_parcel *parcel, struct jangle_error *error)
{
    (void)error;
    (void)parcel;
    ++*(int *)context;
    return JANGLE_OK;
}

static enum jangle_result
refuse(void *context, const struct jangle_parcel *parcel, struct jangle_error *error)
{
    (void)error;
    (void)parcel;
    ++*(int *)context;
    return JANGLE_BUSY;
}

static const char *fetch(void *context, const char *url)
{
    (void)context;
    (void)url;
    return signer_certificate();
}

static char *event(const char *name)
{
    char *json = shown_file(EVENTS, name);

    assert_non_null(json);
    return json;
}

static void every_allocation_of_a_visit_fails_once(void **state)
{
    static const char *const names[] = {"sqs.json", "sqs_fifo.json", "sqs_wrapped.json",
                                        "sns.json", "gateway_base64.json"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct failing_allocator memory;
        const struct jangle_aws_visit_options options = {.allocator = &memory.allocator};
        char *json = event(names[i]);
        enum jangle_result result = JANGLE_NO_MEMORY;
        struct jangle_error error;
        int64_t at = 0;

        failing_allocator_init(&memory, 0);
        while (result) {
            int seen = 0;

            failing_allocator_arm(&memory, ++at);
            result = jangle_aws_visit(json, &options, take, &seen, &error);
            assert_result(result, memory.failed ? JANGLE_NO_MEMORY : JANGLE_OK);
            assert_int_equal(!*error.message, !result);
            assert_int_equal(memory.pieces, 0);
        }
        assert_true(at > 3);
        free(json);
    }
}

/* A record for which memory runs out comes again; without memory for the answer the
 * function fails, and all come again. */
static void every_allocation_of_an_answer_fails_once(void **state)
{
    struct failing_allocator memory;
    const struct jangle_aws_visit_options options = {.allocator = &memory.allocator};
    struct jangle_aws_response response;
    char *json = event("sqs_fifo.json");
    int64_t at = 0;

    (void)state;
    failing_allocator_init(&memory, 0);
    do {
        enum jangle_result result;
        int seen = 0;

        failing_allocator_arm(&memory, ++at);
        result = jangle_aws_answer(json, &options, &response, refuse, &seen, NULL);
        if (result)
            assert_result(result, JANGLE_NO_MEMORY);
        else
            assert_int_equal(response.failed, 3);
        jangle_aws_response_free(&response);
        assert_int_equal(memory.pieces, 0);
    } while (memory.failed);
    assert_true(at > 10);
    free(json);
}

static const char signed_text[] =
    "Message\nm\nMessageId\n1\nTimestamp\n2\nTopicArn\nt\n"
    "Type\nNotification\n";

static enum jangle_result visit_signed(const char *signature, struct jangle_error *error)
{
    const struct jangle_aws_visit_options options = {.certificate = fetch};
    char *json = NULL;
    enum jangle_result result;
    size_t size;
    FILE *file = open_memstream(&json, &size);
    int seen = 0;

    fprintf(file,
            "{\"Type\":\"Notification\",\"MessageId\":\"1\",\"TopicArn\":\"t\","
            "\"Message\":\"m\",\"Timestamp\":\"2\",\"SignatureVersion\":\"2\","
            "\"SigningCertURL\":\"https://sns.eu-west-1.amazonaws.com/a.pem\","
            "\"Signature\":\"%s\"}",
            signature);
    fclose(file);
    crypto.calls = 0;
    result = jangle_aws_visit(json, &options, take, &seen, error);
    assert_int_equal(seen, !result);
    free(json);
    return result;
}

/* A sound message is taken, or comes again: it is never INVALID, which would make it a
 * dead letter. */
static void every_allocation_of_libcrypto_fails_once(void **state)
{
    char *signature = signer_sign(signed_text, "2");
    struct jangle_error error;
    int64_t calls, failures = 0;

    (void)state;
    signer_certificate();
    crypto.fail_at = 0;
    assert_result(visit_signed(signature, &error), JANGLE_OK);
    calls = crypto.calls;
    assert_true(calls > 10);
    for (crypto.fail_at = 1; crypto.fail_at <= calls; crypto.fail_at++) {
        enum jangle_result result = visit_signed(signature, &error);

        assert_true(!result || result == JANGLE_NO_MEMORY || result == JANGLE_BUSY);
        failures += result != JANGLE_OK;
    }
    assert_true(failures > 0);
    crypto.fail_at = 0;
    assert_result(visit_signed(signature, &error), JANGLE_OK);
    free(signature);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_of_a_visit_fails_once),
        cmocka_unit_test(every_allocation_of_an_answer_fails_once),
        cmocka_unit_test(every_allocation_of_libcrypto_fails_once),
    };

    if (CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) != 1)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
