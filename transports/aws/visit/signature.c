/* signature.c - does the signature of an envelope hold? SNS signs some members, with the
 * key of a certificate that it publishes ("Verifying the signatures of Amazon SNS
 * messages" in the developer guide of SNS). Who publishes certificates is known by the
 * host alone, which is why the address is checked before anybody fetches from it. */
#include "aws/visit/signature.h"
#include "aws/visit/amazon.h"
#include "aws/wire/base64.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

/* ---- what is signed ------------------------------------------------------------- */

/* A line with the name, then a line with the text, in the order of names. */
static bool add_lines(EVP_MD_CTX *digest, const char *name, const char *text)
{
    return EVP_DigestVerifyUpdate(digest, name, strlen(name)) == 1 &&
           EVP_DigestVerifyUpdate(digest, "\n", 1) == 1 &&
           EVP_DigestVerifyUpdate(digest, text, strlen(text)) == 1 &&
           EVP_DigestVerifyUpdate(digest, "\n", 1) == 1;
}

static bool add_envelope(EVP_MD_CTX *digest, const struct jn_aws_envelope *envelope)
{
    const bool is_message = jn_aws_envelope_is_message(envelope);
    const struct {
        const char *name, *text;
    } lines[] = {
        {"Message", envelope->message},
        {"MessageId", envelope->message_id},
        {"Subject", is_message ? envelope->subject : NULL},
        {"SubscribeURL", is_message ? NULL : envelope->subscribe_url},
        {"Timestamp", envelope->timestamp},
        {"Token", is_message ? NULL : envelope->token},
        {"TopicArn", envelope->topic},
        {"Type", envelope->type},
    };

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (lines[i].text && !add_lines(digest, lines[i].name, lines[i].text))
            return false;
    return true;
}

/* ---- libcrypto ------------------------------------------------------------------ */

/* Why libcrypto failed, by what it has noted. Memory that ran out is not always noted, so
 * a failure without a reason says nothing about the message. */
struct trouble {
    bool no_memory;
    bool of_rsa; /* the signature itself is wrong */
};

static struct trouble find_trouble(void)
{
    struct trouble trouble = {0};
    unsigned long code;

    while ((code = ERR_get_error())) {
        trouble.no_memory |= ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
        trouble.of_rsa |= ERR_GET_LIB(code) == ERR_LIB_RSA;
    }
    return trouble;
}

/* The message may be sound, so it is not refused, but comes again. */
static enum jangle_result fail_for_now(const char *what, struct jangle_error *error)
{
    if (find_trouble().no_memory)
        return jangle_error_set(error, JANGLE_NO_MEMORY,
                                "no memory to check a signature");
    return jangle_error_set(error, JANGLE_BUSY, "%s", what);
}

/* A certificate is never encrypted. Without this libcrypto would ask at the terminal. */
static int no_password(char *buffer, int size, int writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

static enum jangle_result
read_key(const char *pem, EVP_PKEY **key, struct jangle_error *error)
{
    BIO *text = BIO_new_mem_buf(pem, -1);
    X509 *certificate = text ? PEM_read_bio_X509(text, NULL, no_password, NULL) : NULL;

    *key = certificate ? X509_get_pubkey(certificate) : NULL;
    X509_free(certificate);
    BIO_free(text);
    if (!*key)
        return fail_for_now(
            "what was fetched from `SigningCertURL` is no "
            "certificate that libcrypto can read",
            error);
    return JANGLE_OK;
}

/* libcrypto says "no" in the same way to a wrong signature and when it could not look. */
static enum jangle_result fail_to_verify(struct jangle_error *error)
{
    struct trouble trouble = find_trouble();

    if (trouble.no_memory)
        return jangle_error_set(error, JANGLE_NO_MEMORY,
                                "no memory to check a signature");
    if (trouble.of_rsa)
        return jangle_error_set(error, JANGLE_INVALID, "its signature does not hold");
    return jangle_error_set(error, JANGLE_BUSY,
                            "libcrypto cannot say whether its signature holds");
}

static enum jangle_result verify(const struct jn_aws_envelope *envelope,
                                 EVP_PKEY *key,
                                 const EVP_MD *hash,
                                 const char *signature,
                                 size_t size,
                                 struct jangle_error *error)
{
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    enum jangle_result result = JANGLE_OK;

    if (!digest || EVP_DigestVerifyInit(digest, NULL, hash, NULL, key) != 1 ||
        !add_envelope(digest, envelope))
        result = fail_for_now("libcrypto cannot check its signature", error);
    else if (EVP_DigestVerifyFinal(digest, (const unsigned char *)signature, size) != 1)
        result = fail_to_verify(error);
    EVP_MD_CTX_free(digest);
    return result;
}

/* ---- the envelope --------------------------------------------------------------- */

static enum jangle_result check_topic(const struct jn_visit *visit,
                                      const struct jn_aws_envelope *envelope,
                                      struct jangle_error *error)
{
    const char *const *topic = visit->options.topics;

    while (topic && *topic && strcmp(*topic, envelope->topic) != 0)
        topic++;
    if (!topic || *topic)
        return JANGLE_OK;
    return jangle_error_set(error, JANGLE_INVALID,
                            "its topic \"%s\" is not one of those that are believed",
                            JN_SHOWN(100, envelope->topic));
}

static const EVP_MD *find_hash(const char *version)
{
    if (strcmp(version, "1") == 0)
        return EVP_sha1();
    return strcmp(version, "2") == 0 ? EVP_sha256() : NULL;
}

static enum jangle_result check_members(const struct jn_aws_envelope *envelope,
                                        struct jangle_error *error)
{
    const struct {
        const char *name, *text;
    } needed[] = {
        {"Signature", envelope->signature},
        {"SignatureVersion", envelope->signature_version},
        {"SigningCertURL", envelope->certificate_url},
        {"Timestamp", envelope->timestamp},
    };

    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!needed[i].text)
            return jangle_error_set(error, JANGLE_INVALID,
                                    "its signature cannot be checked: `%s` is missing",
                                    needed[i].name);
    if (!jn_visit_is_certificate_url(envelope->certificate_url))
        return jangle_error_set(error, JANGLE_INVALID,
                                "its `SigningCertURL` is not "
                                "https://sns.REGION.amazonaws.com/NAME.pem, and nothing "
                                "was fetched from there");
    if (!find_hash(envelope->signature_version))
        return jangle_error_set(error, JANGLE_INVALID,
                                "its `SignatureVersion` is \"%s\", and not 1 or 2",
                                JN_SHOWN(20, envelope->signature_version));
    return JANGLE_OK;
}

static enum jangle_result check_signature(struct jn_visit *visit,
                                          const struct jn_aws_envelope *envelope,
                                          const char *pem,
                                          struct jangle_error *error)
{
    size_t size = strlen(envelope->signature);
    char *signature = jn_aws_room_take(&visit->record, size);
    EVP_PKEY *key = NULL;
    enum jangle_result result;

    if (!signature)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for `Signature`");
    if (!jn_aws_base64_read(envelope->signature, size, signature, &size))
        return jangle_error_set(error, JANGLE_INVALID, "its `Signature` is no base64");
    ERR_clear_error();
    result = read_key(pem, &key, error);
    if (!result)
        result = verify(envelope, key, find_hash(envelope->signature_version), signature,
                        size, error);
    EVP_PKEY_free(key);
    return result;
}

enum jangle_result jn_visit_believe(struct jn_visit *visit,
                                    const struct jn_aws_envelope *envelope,
                                    struct jangle_error *error)
{
    enum jangle_result result = check_topic(visit, envelope, error);
    const char *pem;

    if (result || !visit->options.certificate)
        return result;
    result = check_members(envelope, error);
    if (result)
        return result;
    pem = visit->options.certificate(visit->context, envelope->certificate_url);
    if (!pem)
        return jangle_error_set(error, JANGLE_BUSY,
                                "the certificate of its signature cannot be fetched now");
    return check_signature(visit, envelope, pem, error);
}
