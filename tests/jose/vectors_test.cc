// The examples of the specifications.
#include <gtest/gtest.h>

#include <string>

#include "jose/base64url.h"
#include "jose/verifier.h"

namespace dragoman::jose {
namespace {

// RFC 7515, appendices A.1 to A.3; RFC 7519, section 3.1.
constexpr const char* kJoe =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

constexpr const char* kA1Key =
    R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})";
constexpr const char* kA2Key =
    R"({"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL)"
    R"(-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTB)"
    R"(EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9)"
    R"(gb54h4FRWyuXpoQ","e":"AQAB"})";
constexpr const char* kA3Key = R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                               R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
constexpr const char* kA4Key =
    R"({"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",)"
    R"("y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"})";

// RFC 7520, section 3, the public members.
constexpr const char* kBilboRsa =
    R"({"kty":"RSA","kid":"bilbo.baggins@hobbiton.example","use":"sig","n":"n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEH)"
    R"(Ld4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBor)"
    R"(daZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFA)"
    R"(KwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw","e":"AQAB"})";
constexpr const char* kBilboEc =
    R"({"kty":"EC","kid":"bilbo.baggins@hobbiton.example","use":"sig","crv":"P-521",)"
    R"("x":"AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt",)"
    R"("y":"AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1"})";
constexpr const char* kBilboSecret =
    R"({"kty":"oct","kid":"018c0ae5-4d9b-471b-bfd6-eef314bc7037","use":"sig","alg":"HS256",)"
    R"("k":"hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg"})";
constexpr const char* kFrodo =
    "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIG"
    "lmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4";

struct Vector {
  const char* name;
  const char* key;
  const char* header;
  const char* payload;
  const char* signature;
  bool claims;  // the payload is a set of claims
};

const Vector kVectors[] = {
    {"RFC 7515 A.1, RFC 7519 3.1, HS256", kA1Key, "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9", kJoe,
     "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", true},
    {"RFC 7515 A.2, RS256", kA2Key, "eyJhbGciOiJSUzI1NiJ9", kJoe,
     "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1"
     "dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzD"
     "wusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe7"
     "7Rw",
     true},
    {"RFC 7515 A.3, ES256", kA3Key, "eyJhbGciOiJFUzI1NiJ9", kJoe,
     "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q", true},
    {"RFC 7515 A.4, ES512", kA4Key, "eyJhbGciOiJFUzUxMiJ9", "UGF5bG9hZA",
     "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCP"
     "EX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
     false},
    {"RFC 7520 4.1, RS256", kBilboRsa, "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9",
     kFrodo,
     "MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA7"
     "8185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdL"
     "uW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDq"
     "uDg",
     false},
    {"RFC 7520 4.2, PS384", kBilboRsa, "eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9",
     kFrodo,
     "cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP6O8TTB5dDDItllVo6_1OLPpcbU"
     "rhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8P_ijQ7p8Vdz0TTrxUeT3lm8d9shnr2lfJT8ImU"
     "jvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0uTOcbH510a6GYmJUAfmWjwZ6oD4ifKo8DYM-X72"
     "Eaw",
     false},
    {"RFC 7520 4.3, ES512", kBilboEc, "eyJhbGciOiJFUzUxMiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9",
     kFrodo,
     "AE_R_YZCChjn4791jSQCrdPZCNYqHXCTZH0-JZGYNlaAjP2kqaluUIIUnC9qvbu9Plon7KRTzoNEuT4Va2cmL1eJAQy3mtPBu_u_sDDyYjnAMDxXP"
     "n7XrT0lw-kvAD890jl8e2puQens_IEKBpHABlsbEPX6sFY8OcGDqoRuBomu9xQ2",
     false},
    {"RFC 7520 4.4, HS256", kBilboSecret,
     "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9", kFrodo,
     "s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0", false},
    {"RFC 8037 A.4, EdDSA", R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})",
     "eyJhbGciOiJFZERTQSJ9", "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
     "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg", false},
};

KeySet SetOf(std::string_view jwk) { return *KeySet::Parse("{\"keys\":[" + std::string(jwk) + "]}"); }

std::string TextOf(const Vector& vector) {
  return std::string(vector.header) + "." + vector.payload + "." + vector.signature;
}

AlgorithmSet All() {
  AlgorithmSet all = kAsymmetric;
  for (const Algorithm algorithm : {Algorithm::kHs256, Algorithm::kHs384, Algorithm::kHs512}) all.Add(algorithm);
  return all;
}

TEST(Vectors, AreVerified) {
  for (const Vector& vector : kVectors) {
    SCOPED_TRACE(vector.name);
    const KeySet keys = SetOf(vector.key);
    ASSERT_EQ(keys.keys().size(), 1u);
    const std::string text = TextOf(vector);
    const auto token = Token::Parse(text);
    ASSERT_TRUE(token) << token.error();
    EXPECT_TRUE(keys.keys()[0]->Verify(token->algorithm, token->signed_text, token->signature.view()));
    const auto verified = VerifyToken(*token, keys, All());
    // What is signed but no JSON is found out behind the signature only.
    if (vector.claims) {
      ASSERT_TRUE(verified) << verified.error().what;
      EXPECT_EQ(verified->claims->Text("iss"), "joe");
      EXPECT_EQ(verified->claims->Seconds("exp"), 1300819380);
    } else {
      ASSERT_FALSE(verified);
      EXPECT_EQ(verified.error().what, "the token's content is no JSON object");
    }
  }
}

// Each bit of each signature and of what is signed counts.
TEST(Vectors, AreRefusedOnceAnyCharacterDiffers) {
  for (const Vector& vector : kVectors) {
    SCOPED_TRACE(vector.name);
    const KeySet keys = SetOf(vector.key);
    const std::string text = TextOf(vector);
    const size_t header = std::string_view(vector.header).size();
    for (size_t i = header + 1; i < text.size(); i += 7) {
      if (text[i] == '.') continue;
      std::string bent = text;
      bent[i] = bent[i] == 'A' ? 'B' : 'A';
      const auto token = Token::Parse(bent);
      if (!token) continue;
      EXPECT_FALSE(keys.keys()[0]->Verify(token->algorithm, token->signed_text, token->signature.view())) << i;
    }
  }
}

TEST(Vectors, AreRefusedByEveryOtherKey) {
  for (const Vector& vector : kVectors) {
    for (const Vector& other : kVectors) {
      if (std::string_view(vector.key) == other.key) continue;
      SCOPED_TRACE(std::string(vector.name) + " against " + other.name);
      const std::string text = TextOf(vector);
      EXPECT_FALSE(VerifyToken(*Token::Parse(text), SetOf(other.key), All()));
    }
  }
}

TEST(Vectors, UnsecuredTokensAreRefused) {
  // RFC 7515, appendix A.5; RFC 7519, section 6.1.
  const std::string text = "eyJhbGciOiJub25lIn0." + std::string(kJoe) + ".";
  EXPECT_EQ(Token::Parse(text).error(), "the token is not signed (alg none)");
}

TEST(Vectors, EncryptedTokensAreRefusedWithTheirOwnText) {
  // RFC 7516, appendix A.1, the parts shortened.
  EXPECT_EQ(
      Token::Parse(
          "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.OKOa.48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6"
          "UG9oMo4vpzs9tX_EFShS8iB7j6jiSdiwkIr3ajwQzaBtQD_A.XFBoMYUZodetZdvTiFvSkQ")
          .error(),
      "the token is encrypted (JWE); a signed one (JWS) is expected");
}

}  // namespace
}  // namespace dragoman::jose
