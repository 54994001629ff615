"""Certificates, their chains, their revocation lists and what their keys have signed: RSA and SM2 (R-2.4.2).

Nothing here asks the network or the database: whoever calls brings the trust, the lists and the time. It is work for
a thread. What a certificate says about itself (addresses above all) is never followed.
"""
