/* signer.c - who signs messages in place of SNS. */
#include "unit/aws/signer.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_BITS = 2048, SIGNATURE_BYTES = KEY_BITS / 8, YEAR_S = 365 * 24 * 3600 };

static void must(int holds)
{
    if (!holds)
        abort();
}

/* Two who sign: ours, and another one. */
enum signer { OURS, OTHER, SIGNERS };

static EVP_PKEY *key_of(enum signer signer)
{
    static EVP_PKEY *keys[SIGNERS];
    EVP_PKEY_CTX *context;

    if (keys[signer])
        return keys[signer];
    context = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
    must(context && EVP_PKEY_keygen_init(context) == 1 &&
         EVP_PKEY_CTX_set_rsa_keygen_bits(context, KEY_BITS) == 1 &&
         EVP_PKEY_keygen(context, &keys[signer]) == 1);
    EVP_PKEY_CTX_free(context);
    return keys[signer];
}

static const char *certificate_of(enum signer signer)
{
    static char *pems[SIGNERS];
    X509 *certificate;
    BIO *text;
    char *bytes;
    long size;

    if (pems[signer])
        return pems[signer];
    certificate = X509_new();
    text = BIO_new(BIO_s_mem());
    must(certificate && text && X509_gmtime_adj(X509_getm_notBefore(certificate), 0) &&
         X509_gmtime_adj(X509_getm_notAfter(certificate), YEAR_S) &&
         X509_set_pubkey(certificate, key_of(signer)) == 1 &&
         X509_sign(certificate, key_of(signer), EVP_sha256()) > 0 &&
         PEM_write_bio_X509(text, certificate) == 1);
    size = BIO_get_mem_data(text, &bytes);
    pems[signer] = malloc((size_t)size + 1);
    must(pems[signer] != NULL);
    memcpy(pems[signer], bytes, (size_t)size);
    pems[signer][size] = '\0';
    BIO_free(text);
    X509_free(certificate);
    return pems[signer];
}

const char *signer_certificate(void)
{
    return certificate_of(OURS);
}

const char *signer_other_certificate(void)
{
    return certificate_of(OTHER);
}

char *signer_sign(const char *text, const char *version)
{
    const EVP_MD *hash = strcmp(version, "1") == 0 ? EVP_sha1() : EVP_sha256();
    unsigned char signature[SIGNATURE_BYTES];
    size_t size = sizeof signature;
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    char *base64 = malloc(SIGNATURE_BYTES / 3 * 4 + 8);

    must(digest && base64 &&
         EVP_DigestSignInit(digest, NULL, hash, NULL, key_of(OURS)) == 1 &&
         EVP_DigestSign(digest, signature, &size, (const unsigned char *)text,
                        strlen(text)) == 1);
    EVP_EncodeBlock((unsigned char *)base64, signature, (int)size);
    EVP_MD_CTX_free(digest);
    return base64;
}
