/* signer.h - who signs messages in place of SNS. */
#ifndef SIGNER_H
#define SIGNER_H

/* The certificate of the key that signs, in PEM form. The key is made once. */
const char *signer_certificate(void);

/* That of another key. */
const char *signer_other_certificate(void);

/* The signature of a text in base64, by SignatureVersion "1" or "2". The caller frees
 * it. */
char *signer_sign(const char *text, const char *version);

#endif
