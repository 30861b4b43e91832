"""Callers whom the gateway knows: what is configured for them, and the header by which they show who they are."""
import base64
import hashlib
import hmac
import json
import time

KEY = "dgm_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
SECRET = "a secret of thirty-two bytes or so"

KEYS = """
authentication: {api_keys: {}}
consumers: {mobile: {tenant: acme, scopes: [items.read], keys: [{sha256: %s}]}}
policies: [{methods: ["*"], authorize: {scopes: [items.read], tenants: [acme]}}]
""" % hashlib.sha256(KEY.encode()).hexdigest()
TOKENS = """
authentication: {jwt: [{name: main, issuer: me, audiences: [shop-api], secret: "%s"}]}
""" % SECRET
RIGHTS = """
policies: [{methods: ["*"], authorize: {scopes: [items.read], claims: {tenant: acme}}}]
"""
# What bounds them. Nobody is refused: what is measured is the counting.
TWO_LIMITS = """
rate_limits: {per-client: {key: [%s], limits: [{rate: 1000000/s}, {quota: 1000000000/h}]}}
policies: [{methods: ["*"], rate_limits: [per-client]}]
"""
BY_ADDRESS = TWO_LIMITS % "address"
GUARD = "guard: {user_agents: {deny: ['*sqlmap*']}}\n"
# Likewise for those whose keys and rights are checked.
KEYS_BOUNDED = KEYS.replace('policies: [{methods: ["*"],', 'policies: [{methods: ["*"], rate_limits: [per-client],') + (TWO_LIMITS % "consumer").split("policies:")[0]


def part(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def make_token():
    """A token of the usual size: some 600 bytes."""
    claims = {"iss": "me", "aud": ["shop-api", "account"], "sub": "f3b1c8d2-6a9e-4b7c-8d2e-1f0a9b8c7d6e", "tenant": "acme",
              "exp": int(time.time()) + 86400, "iat": int(time.time()), "scope": "openid profile items.read",
              "email": "joe@example.com", "preferred_username": "joe", "jti": "0c9d8e7f-6a5b-4c3d-2e1f-0a9b8c7d6e5f"}
    text = part(b'{"alg":"HS256","typ":"JWT"}') + "." + part(json.dumps(claims).encode())
    return text + "." + part(hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest())


TOKEN = make_token()
# By the suffix of a subject of bench/run.
CALLERS = {"key": (KEYS, f"x-api-key: {KEY}"), "jwt": (TOKENS + RIGHTS, f"authorization: Bearer {TOKEN}")}
