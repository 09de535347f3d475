"""The unit names that NESTML knows, and their values in SI base units.

One row per unit: names that take short prefixes (`m` + `V`); names that take long prefixes
(`milli` + `volt`); names that take none; the power of ten and a further factor; the dimensions.
The names are those of astropy's `si`, `cgs` and `astrophys` collections; `min` is left to the function.
"""

from __future__ import annotations

SHORT_PREFIXES = {
    "Q": 30, "R": 27, "Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1,
    "d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18, "z": -21, "y": -24, "r": -27,
    "q": -30,
}  # fmt: skip
LONG_PREFIXES = {
    "quetta": 30, "ronna": 27, "yotta": 24, "zetta": 21, "exa": 18, "peta": 15, "tera": 12, "giga": 9,
    "mega": 6, "kilo": 3, "hecto": 2, "deka": 1, "deca": 1, "deci": -1, "centi": -2, "milli": -3,
    "micro": -6, "nano": -9, "pico": -12, "femto": -15, "atto": -18, "zepto": -21, "yocto": -24,
    "ronto": -27, "quecto": -30,
}  # fmt: skip
NOT_UNITS = frozenset(("min", "pcount", "yd"))
ROWS = """
A ; amp ampere ; - ; 0 ; 1 ; A
- ; - ; AA Angstrom angstrom ; -10 ; 1 ; m
- ; - ; mAA mAngstrom mangstrom milliAA milliAngstrom milliangstrom ; -13 ; 1 ; m
AU au ; astronomical_unit ; - ; 0 ; 149597870700 ; m
Ba ; Barye barye ; - ; -1 ; 1 ; kg m^-1 s^-2
- ; - ; Bethe bethe foe ; 44 ; 1 ; m^2 kg s^-2
- ; - ; Bi Biot abA abampere ; -5/2 ; 1 ; kg^1/2 m^1/2 s^-1
Bq ; becquerel ; - ; 0 ; 1 ; s^-1
C ; coulomb ; - ; 0 ; 1 ; A s
- ; - ; Celsius deg_C ; 0 ; 1 ; deg_C
Ci ; curie ; - ; 0 ; 37e9 ; s^-1
D ; Debye debye ; - ; 0 ; 3.33333333333333e-30 ; A m s
- ; - ; DN dn ; 0 ; 1 ; DN
F ; Farad farad ; - ; 0 ; 1 ; s^4 A^2 kg^-1 m^-2
- ; - ; Fr Franklin esu statC statcoulomb ; -9/2 ; 1 ; m^3/2 kg^1/2 s^-1
G ; Gauss gauss ; - ; -4 ; 1 ; kg A^-1 s^-2
Gal ; gal ; - ; -2 ; 1 ; m s^-2
Gy ; gray ; - ; 0 ; 1 ; m^2 s^-2
H ; Henry henry ; - ; 0 ; 1 ; m^2 kg A^-2 s^-2
Hz ; Hertz hertz ; - ; 0 ; 1 ; s^-1
J ; Joule joule ; - ; 0 ; 1 ; m^2 kg s^-2
Jy ; Jansky jansky ; - ; -26 ; 1 ; kg s^-2
K ; Kelvin ; - ; 0 ; 1 ; K
k ; Kayser kayser ; - ; 2 ; 1 ; m^-1
L l ; liter ; - ; -3 ; 1 ; m^3
- ; - ; L_sun Lsun solLum ; 0 ; 3828e23 ; m^2 kg s^-3
- ; - ; M_earth Mearth earthMass ; 0 ; 597216786779138e10 ; kg
- ; - ; M_jup M_jupiter Mjup Mjupiter jupiterMass ; 0 ; 189812459733605e13 ; kg
- ; - ; M_sun Msun solMass ; 0 ; 198840987069805e16 ; kg
- ; - ; Maxwell Mx maxwell ; -8 ; 1 ; m^2 kg A^-1 s^-2
N ; Newton newton ; - ; 0 ; 1 ; kg m s^-2
Oe ; Oersted oersted ; - ; 0 ; 79.5774715459477 ; A m^-1
Ohm ohm ; Ohm ; - ; 0 ; 1 ; m^2 kg A^-2 s^-3
P ; poise ; - ; -1 ; 1 ; kg m^-1 s^-1
Pa ; Pascal pascal ; - ; 0 ; 1 ; kg m^-1 s^-2
R ; Rayleigh rayleigh ; - ; 0 ; 795774715.459477 ; ph s^-1 m^-2 rad^-2
- ; - ; R_earth Rearth earthRad ; 0 ; 6378100 ; m
- ; - ; R_jup R_jupiter Rjup Rjupiter jupiterRad ; 0 ; 71492000 ; m
- ; - ; R_sun Rsun solRad ; 0 ; 6957e5 ; m
S ; Siemens siemens ; - ; 0 ; 1 ; s^3 A^2 kg^-1 m^-2
St ; stokes ; - ; -4 ; 1 ; m^2 s^-1
- ; - ; Sun ; 0 ; 1 ; Sun
Sv ; sievert ; - ; 0 ; 1 ; m^2 s^-2
T ; Tesla tesla ; - ; 0 ; 1 ; kg A^-1 s^-2
V ; Volt volt ; - ; 0 ; 1 ; m^2 kg A^-1 s^-3
W ; Watt watt ; - ; 0 ; 1 ; m^2 kg s^-3
Wb ; Weber weber ; - ; 0 ; 1 ; m^2 kg A^-1 s^-2
a ; annum ; - ; 0 ; 31557600 ; s
- ; - ; abC abcoulomb ; -5/2 ; 1 ; kg^1/2 m^1/2
adu ; - ; - ; 0 ; 1 ; adu
arcmin ; arcminute ; - ; 0 ; 0.000290888208665722 ; rad
arcsec ; arcsecond ; - ; 0 ; 4.84813681109536e-06 ; rad
beam ; - ; - ; 0 ; 1 ; beam
bin ; - ; - ; 0 ; 1 ; bin
cd ; candela ; - ; 0 ; 1 ; cd
- ; - ; centimeter cm ; -2 ; 1 ; m
chan ; - ; - ; 0 ; 1 ; chan
count ct ; count ; - ; 0 ; 1 ; ct
d ; day ; - ; 0 ; 86400 ; s
deg ; degree ; - ; 0 ; 0.0174532925199433 ; rad
dyn ; dyne ; - ; -5 ; 1 ; kg m s^-2
- ; - ; electron ; 0 ; 1 ; electron
erg ; - ; - ; -7 ; 1 ; m^2 kg s^-2
- ; - ; fortnight ; 0 ; 1209600 ; s
g ; gram ; - ; -3 ; 1 ; kg
h ; hour hr ; - ; 0 ; 3600 ; s
- ; - ; ha hectare ; 4 ; 1 ; m^2
- ; - ; hourangle ; 0 ; 0.261799387799149 ; rad
kat ; katal ; - ; 0 ; 1 ; mol s^-1
- ; - ; kg kilogram ; 0 ; 1 ; kg
- ; - ; lightsecond lsec ; 0 ; 299792458 ; m
lyr ; lightyear ; - ; 0 ; 9460730472580800 ; m
lm ; lumen ; - ; 0 ; 1 ; rad^2 cd
lx ; lux ; - ; 0 ; 1 ; rad^2 cd m^-2
m ; meter ; - ; 0 ; 1 ; m
- ; - ; mas ; 0 ; 4.84813681109536e-09 ; rad
- ; - ; micron ; -6 ; 1 ; m
min ; minute ; - ; 0 ; 60 ; s
mol ; mole ; - ; 0 ; 1 ; mol
pc ; parsec ; - ; 0 ; 30856775814913700 ; m
- ; - ; pct percent ; -2 ; 1 ; -
ph photon ; photon ; - ; 0 ; 1 ; ph
rad ; radian ; - ; 0 ; 1 ; rad
s ; second ; - ; 0 ; 1 ; s
- ; - ; sday ; 0 ; 86164.09053 ; s
sr ; steradian ; - ; 0 ; 1 ; rad^2
- ; - ; statA statampere ; -9/2 ; 1 ; m^3/2 kg^1/2 s^-2
- ; - ; t tonne ; 3 ; 1 ; kg
- ; - ; uas ; 0 ; 4.84813681109536e-12 ; rad
- ; - ; week wk ; 0 ; 604800 ; s
yr ; year ; - ; 0 ; 31557600 ; s
"""
