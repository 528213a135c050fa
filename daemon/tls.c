#include "daemon/tls.h"

#include "proto/heap.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>

/* Length and name, as ALPN writes a list of one. */
static const unsigned char alpn[] = {6, 'g', 'r', 'i', 'd', '/', '1'};

enum {
    CERTIFICATE_BYTES_MAX = 4096, /* ours has some 200 */
    TLS_PENDING_BYTES_MAX = 131072,
};

struct tls_context {
    SSL_CTX *ssl;
};

struct tls {
    SSL *ssl;
    BIO *in; /* both belong to ssl */
    BIO *out;
    uint8_t peer_key[GRID_KEY_BYTES];
};

/* --- the certificate --- */

static bool name_certificate(X509 *certificate)
{
    X509_NAME *name = X509_get_subject_name(certificate);
    return X509_NAME_add_entry_by_txt(
                   name, "CN", MBSTRING_ASC, (const unsigned char *)"grid", -1, -1, 0) == 1 &&
           X509_set_issuer_name(certificate, name) == 1;
}

/* The same for every key and for ever: no clock is asked. */
static bool date_certificate(X509 *certificate)
{
    return ASN1_TIME_set_string(X509_getm_notBefore(certificate), "19700101000000Z") == 1 &&
           ASN1_TIME_set_string(X509_getm_notAfter(certificate), "99991231235959Z") == 1;
}

static X509 *make_certificate(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    if (certificate == NULL)
        return NULL;
    if (X509_set_version(certificate, X509_VERSION_3) == 1 &&
            ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1 &&
            name_certificate(certificate) && date_certificate(certificate) &&
            X509_set_pubkey(certificate, key) == 1 && X509_sign(certificate, key, NULL) > 0)
        return certificate;
    X509_free(certificate);
    return NULL;
}

/* --- the rules --- */

static bool certificate_key(X509 *certificate, uint8_t out[static GRID_KEY_BYTES])
{
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    size_t size = GRID_KEY_BYTES;
    return key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 &&
           EVP_PKEY_get_raw_public_key(key, out, &size) == 1 && size == GRID_KEY_BYTES;
}

/* Instead of the chain checks of the library: one certificate around an Ed25519 key, whatever else
 * it says. That the peer has the key is proved by the handshake; whose it is, the roster or the
 * pin decides. */
static int judge_certificate(X509_STORE_CTX *store, void *argument)
{
    (void)argument;
    uint8_t ignored[GRID_KEY_BYTES];
    X509 *certificate = X509_STORE_CTX_get0_cert(store);
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_untrusted(store);
    if (certificate != NULL && sk_X509_num(chain) <= 1 && certificate_key(certificate, ignored))
        return 1;
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return 0;
}

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_size,
        const unsigned char *in, unsigned int in_size, void *argument)
{
    (void)ssl;
    (void)argument;
    for (size_t i = 0; i < in_size; i += (size_t)in[i] + 1)
        if (in_size - i >= sizeof(alpn) && memcmp(in + i, alpn, sizeof(alpn)) == 0) {
            *out = in + i + 1;
            *out_size = sizeof(alpn) - 1;
            return SSL_TLSEXT_ERR_OK;
        }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static bool set_rules(SSL_CTX *ssl)
{
    SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_max_cert_list(ssl, CERTIFICATE_BYTES_MAX);
    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(ssl, judge_certificate, NULL);
    SSL_CTX_set_alpn_select_cb(ssl, choose_alpn, NULL);
    return SSL_CTX_set_min_proto_version(ssl, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(ssl, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_num_tickets(ssl, 0) == 1 && SSL_CTX_set1_sigalgs_list(ssl, "ed25519") == 1 &&
           SSL_CTX_set1_groups_list(ssl, "X25519") == 1 &&
           SSL_CTX_set_alpn_protos(ssl, alpn, sizeof(alpn)) == 0; /* here 0 is success */
}

enum grid_status tls_context_open(struct tls_context **out,
        const uint8_t identity_seed[static GRID_SEED_BYTES], struct grid_error *error)
{
    struct tls_context *context = grid_alloc(sizeof(*context));
    if (context == NULL)
        return GRID_NOMEM;
    EVP_PKEY *key =
            EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, identity_seed, GRID_SEED_BYTES);
    X509 *certificate = key == NULL ? NULL : make_certificate(key);
    context->ssl = SSL_CTX_new(TLS_method());
    bool ready = certificate != NULL && context->ssl != NULL && set_rules(context->ssl) &&
                 SSL_CTX_use_certificate(context->ssl, certificate) == 1 &&
                 SSL_CTX_use_PrivateKey(context->ssl, key) == 1;
    X509_free(certificate);
    EVP_PKEY_free(key);
    if (!ready) {
        char text[160];
        ERR_error_string_n(ERR_get_error(), text, sizeof(text));
        tls_context_close(context);
        return grid_fail(error, GRID_INTERNAL, "tls_setup", "%s", text);
    }
    *out = context;
    return GRID_OK;
}

void tls_context_close(struct tls_context *context)
{
    if (context == NULL)
        return;
    SSL_CTX_free(context->ssl);
    grid_free(context);
}

/* --- one connection --- */

enum grid_status tls_open(struct tls **out, struct tls_context *context, bool client)
{
    struct tls *tls = grid_alloc(sizeof(*tls));
    if (tls == NULL)
        return GRID_NOMEM;
    tls->ssl = SSL_new(context->ssl);
    tls->in = BIO_new(BIO_s_mem());
    tls->out = BIO_new(BIO_s_mem());
    if (tls->ssl == NULL || tls->in == NULL || tls->out == NULL) {
        SSL_free(tls->ssl);
        BIO_free(tls->in);
        BIO_free(tls->out);
        grid_free(tls);
        return GRID_NOMEM;
    }
    /* An empty BIO means "later", not "the end". */
    BIO_set_mem_eof_return(tls->in, -1);
    BIO_set_mem_eof_return(tls->out, -1);
    SSL_set_bio(tls->ssl, tls->in, tls->out);
    if (client)
        SSL_set_connect_state(tls->ssl);
    else
        SSL_set_accept_state(tls->ssl);
    *out = tls;
    return GRID_OK;
}

void tls_close(struct tls *tls)
{
    if (tls == NULL)
        return;
    SSL_free(tls->ssl);
    grid_free(tls);
}

bool tls_feed(struct tls *tls, struct bytes wire)
{
    if (wire.size > TLS_PENDING_BYTES_MAX ||
            BIO_ctrl_pending(tls->in) > TLS_PENDING_BYTES_MAX - wire.size)
        return false;
    return wire.size == 0 || BIO_write(tls->in, wire.data, (int)wire.size) == (int)wire.size;
}

static enum tls_progress progress_of(const struct tls *tls, int result)
{
    switch (SSL_get_error(tls->ssl, result)) {
    case SSL_ERROR_NONE:
        return TLS_DONE;
    case SSL_ERROR_WANT_READ:
        return TLS_MORE;
    case SSL_ERROR_ZERO_RETURN:
        return TLS_ENDED;
    default:
        return TLS_FAILED;
    }
}

static bool take_peer(struct tls *tls)
{
    const unsigned char *chosen = NULL;
    unsigned int size = 0;
    SSL_get0_alpn_selected(tls->ssl, &chosen, &size);
    if (size != sizeof(alpn) - 1 || memcmp(chosen, alpn + 1, size) != 0)
        return false;
    X509 *certificate = SSL_get0_peer_certificate(tls->ssl);
    return certificate != NULL && certificate_key(certificate, tls->peer_key);
}

enum tls_progress tls_handshake(struct tls *tls)
{
    ERR_clear_error();
    enum tls_progress progress = progress_of(tls, SSL_do_handshake(tls->ssl));
    if (progress == TLS_DONE && !take_peer(tls))
        return TLS_FAILED;
    return progress;
}

const uint8_t *tls_peer_key(const struct tls *tls)
{
    return tls->peer_key;
}

enum tls_progress tls_read(struct tls *tls, uint8_t *out, size_t size, size_t *taken)
{
    ERR_clear_error();
    *taken = 0;
    int got = SSL_read(tls->ssl, out, size > INT_MAX ? INT_MAX : (int)size);
    if (got > 0)
        *taken = (size_t)got;
    return progress_of(tls, got);
}

bool tls_write(struct tls *tls, struct bytes plain)
{
    ERR_clear_error();
    size_t written = 0;
    return plain.size == 0 ||
           (SSL_write_ex(tls->ssl, plain.data, plain.size, &written) == 1 && written == plain.size);
}

void tls_end(struct tls *tls)
{
    ERR_clear_error();
    if (SSL_is_init_finished(tls->ssl))
        (void)SSL_shutdown(tls->ssl);
}

void tls_drain(struct tls *tls, struct buffer *out)
{
    size_t pending = BIO_ctrl_pending(tls->out);
    if (pending == 0 || pending > INT_MAX)
        return;
    uint8_t *room = buffer_reserve(out, pending);
    if (room == NULL)
        return;
    int got = BIO_read(tls->out, room, (int)pending);
    if (got > 0)
        out->size += (size_t)got;
}
