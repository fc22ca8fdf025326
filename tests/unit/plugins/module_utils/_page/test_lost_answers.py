# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What pages say of lost answers; those of the collection against a list that was made without the code."""

from __future__ import annotations

import os
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._page.lost_answers import lost_answers
from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import load
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import models, resolve

WAITS, AGAIN, IDENTIFY, MAC = "waits 7 s", "asks again", "asks identify", "asks info.mac"
HOURS, POWER = "asks info.lamp_hours", "asks settings.power.get"
INPUT = "asks settings.input.get or settings.power.get"
ROUTE = "asks settings.mute.get or settings.route.get"
ROUTES = ("asks settings.route.get", "asks settings.route.get of another one or settings.route.get", None)
REMEDIES = {
    # after a lost answer to a command, to a reading; of what cannot be read back
    "devantech_ds": (IDENTIFY, IDENTIFY, None), "devantech_ds_ascii": (IDENTIFY, IDENTIFY, None),
    "eth002": (IDENTIFY, IDENTIFY, None), "eth008": (IDENTIFY, IDENTIFY, None), "eth044": (IDENTIFY, IDENTIFY, None),
    "eth0621": (IDENTIFY, MAC, None), "eth1610": (IDENTIFY, IDENTIFY, None), "eth24v008": (IDENTIFY, IDENTIFY, None),
    "eth484": (IDENTIFY, IDENTIFY, None), "eth8020": (IDENTIFY, MAC, None), "eth_rly02": (MAC, MAC, None), "eth_rly16": (MAC, MAC, None),
    "wifi002": (IDENTIFY, IDENTIFY, None), "wifi008": (IDENTIFY, IDENTIFY, None), "wifi484": (IDENTIFY, IDENTIFY, None),
    "wifi8020": (IDENTIFY, MAC, None),
    "nut": (None, "asks info.battery_charge or identify", None), "nut_admin": (IDENTIFY, IDENTIFY, None), "nut_outlets": (IDENTIFY, IDENTIFY, None),
    "apc_cli": (IDENTIFY, IDENTIFY, None), "apc_cli_16": (IDENTIFY, IDENTIFY, None), "apc_cli_24": (IDENTIFY, IDENTIFY, None),
    "kincony_kc868": (AGAIN, "asks relays.read of another relay", None), "kmtronic": ("asks relays.read", "asks relays.read of another relay", None),
    "numato": (AGAIN, WAITS, None), "usr_r16": (AGAIN, WAITS, None), "waveshare_rtu": (AGAIN, WAITS, None),
    "waveshare_modbus": (AGAIN, AGAIN, None),
    **dict.fromkeys(("siglent_spd3303", "siglent_spd1000", "siglent_sdl", "keysight_e36300", "rs_hmp", "psw", "ea_ps", "owon_spe", "chroma_62000p",
                     "itech_it6000", "rigol_dl3000", "rigol_dp2000", "gw_gpd"), (AGAIN, IDENTIFY, None)),
    **dict.fromkeys(("tti", "tti_ld400", "genesys", "mini_circuits_rc", "mini_circuits_rcdat"), (IDENTIFY, IDENTIFY, None)),
    "delta_psc": (AGAIN, "asks info.voltage_limit", None), "korad": ("asks settings.voltage_setpoint.get", WAITS, None),
    "mt_sics": (None, "asks info.weight or identify", IDENTIFY), "espec": ("asks info.monitor", "asks info.monitor or settings.mode.get", None),
    "proxr": (WAITS, WAITS, None), "proxr_api": (WAITS, WAITS, None), "sainsmart_16": (WAITS, WAITS, None), "proxr_all_banks": (None, WAITS, WAITS),
    **dict.fromkeys(("synaccess", "synaccess_5", "synaccess_2"), ("asks info.measured", WAITS, None)), "gude": ("asks relays.read", WAITS, None),
    **dict.fromkeys(("wti_nps", "wti_vmr"), ("waits 21 s", "waits 21 s", None)), "yeelight": (AGAIN, AGAIN, None), "icebox": (AGAIN, WAITS, None),
    **dict.fromkeys(("baytech", "baytech_ds", "baytech_unconfirmed"), ("waits 21 s", WAITS, None)),
    **dict.fromkeys(("cyclades", "cyclades_10", "cyclades_20"), ("asks info.temperature", WAITS, None)),
    **dict.fromkeys(("wti_rps10", "ibootbar"), ("asks relays.read", "asks relays.read of another relay", None)),
    "appro_swpdu": (AGAIN, "asks relays.read of another relay", None), "kasa_plug": (None, None, WAITS),
    **dict.fromkeys(("iboot", "ibootbar_ipal", "tesmart"), (WAITS, WAITS, None)),
    **dict.fromkeys(("kmtronic_4", "kmtronic_8", "kmtronic_rs485"), (AGAIN, WAITS, None)),
    "lc_tech": (None, None, None), "sainsmart_8": (None, None, None),
    "lg": (INPUT, INPUT, None), "kramer_p3000": (ROUTE, ROUTE, None), "rigol_dp800": (AGAIN, IDENTIFY, None),
    "nec_display": ("asks settings.power.get", INPUT, None),
    "epson": ("asks info.lamp_hours", "asks info.lamp_hours", None), "epson_serial": ("asks info.lamp_hours", "asks info.lamp_hours", None),
    "pjlink": ("asks info.errors", "asks info.errors", None), "pjlink2": ("asks info.errors", "asks info.errors", None),
    "lightware_lw2": ("asks info.model", "asks info.model", None), "lightware_lw3": (WAITS, "asks info.model", None),
    "atlona": ("asks settings.route.get or settings.power.get",) * 2 + (None,),
    "extron_matrix": ("asks settings.route.get or settings.front_panel_lock.get", WAITS, None),
    **dict.fromkeys(("denon", "pioneer", "onkyo", "samsung_mdc"), (INPUT, INPUT, None)), "philips_sicp": (POWER, INPUT, None), "sony_bravia": (MAC, MAC, None),
    "sharp_aquos": (POWER, WAITS, None), "optoma": (HOURS, WAITS, None), "benq_projector": (HOURS, HOURS, None), "vivitek": (HOURS, HOURS, None),
    "panasonic_ntcontrol": (HOURS, "asks settings.input.get or info.lamp_hours", None),
    "yamaha_ynca": ("asks info.model", "asks info.model", None),
    "anthem": ("asks info.model",) * 2 + (None,), "arcam": (POWER, "asks settings.volume.get or settings.power.get", None),
    "rotel": ("asks info.model, or waits 7 s", "asks info.model", None), "shure": ("asks settings.mute.get", "asks settings.mute.get of another one or "
                                                                                   "settings.mute.get", None),
    "global_cache": ("asks relays.read", "asks relays.read of another relay", None), "kramer_p2000": ("asks settings.route.get", WAITS, None),
    "viewsonic_projector": (POWER, WAITS, None), "sony_adcp": ("asks info.model", INPUT, None),
    "videohub": ("asks info.output_labels", "asks info.output_labels", None),
    **dict.fromkeys(("av_access_mx", "avpro", "wyrestorm_mx"), ROUTES), "wyrestorm_nhd": (AGAIN, "asks settings.route.get of another one", None),
    "monoprice": (AGAIN, "asks settings.power.get of another one or settings.power.get", None),
    **dict.fromkeys(("kramer_matrix", "kramer_matrix_vid"), ("asks info.model",) * 2 + (None,)), "qsys_ecp": ("asks info.design",) * 2 + (None,),
    **dict.fromkeys(("lutron", "lutron_nwk"), ("asks settings.light.get", "asks settings.light.get of another one or settings.light.get", None)),
    "tesira": ("asks info.serial_number",) * 2 + (None,),
    **dict.fromkeys(("lyngdorf", "lyngdorf_tdai", "nad"), ("asks info.model",) * 2 + (None,)), "avgear": (WAITS, WAITS, None),
    "hegel": (INPUT, INPUT, None), "blustream": (POWER, WAITS, None),
    "symetrix": ("asks settings.control.get", "asks settings.control.get of another one", None), "cloud_dcm1": ("asks info.firmware",) * 2 + (None,),
    "yamaha_zones": ("asks info.model",) * 2 + (None,), "mcintosh": (INPUT, WAITS, None), "audac_mtx": (AGAIN, "asks info.firmware", None),
    "onkyo_zones": (POWER, "asks settings.power.get of another one or settings.power.get", None), "anthem_zones": ("asks info.model",) * 2 + (None,),
    "extron": ("asks settings.picture_mute.get or settings.input.get", WAITS, None),
    "nec_projector": (AGAIN, "asks info.hours", None), "hitachi": (HOURS, WAITS, None), "sony_bravia_serial": (POWER, INPUT, None),
    **dict.fromkeys(("sony_sdcp", "sony_sdcp_home", "sony_vpl_serial", "christie", "digital_projection", "vivitek_2", "canon"), (HOURS, HOURS, None)),
    "eiki": (HOURS, WAITS, None),
    **dict.fromkeys(("benq_display", "clevertouch", "iiyama_lh", "panasonic_display"), (POWER, INPUT, None)), "boxlight": (AGAIN, INPUT, None),
    "lfd_text": ("asks info.temperature",) * 2 + (None,), "sharp_pn": (POWER, WAITS, None),
    "panasonic_serial": (HOURS, "asks settings.input.get or info.lamp_hours", None), "visca": ("asks info.position",) * 2 + (None,),
    "visca_presets": (None, "asks info.version or info.position", "asks info.position"),
    "barco": (AGAIN, HOURS, None), "infocus": (AGAIN, "waits 21 s", None),
    **dict.fromkeys(("jvc_dila", "jvc_dila_password"), ("asks info.model",) * 2 + (None,)),
    **dict.fromkeys(("sony_sdcp", "sony_sdcp_home", "sony_vpl_serial"), (HOURS, HOURS, None)),
    "sr201": (WAITS, WAITS, None), "sr201_8": (WAITS, WAITS, None), "quido": ("asks info.temperature", "asks info.temperature", None),
    "dcon": (IDENTIFY, WAITS, None), "brainboxes": (IDENTIFY, IDENTIFY, None), "brainboxes_bb400": (IDENTIFY, IDENTIFY, None),
    "k8090": ("asks info.firmware", "asks info.firmware", None), "conrad_8": (AGAIN, WAITS, None), "ipx800": (AGAIN, WAITS, None),
    "barionet": (AGAIN, "asks relays.read of another relay or relays.read", None), "comm5": (AGAIN, "asks inputs", None),
    "denkovi_wifi16": (WAITS, WAITS, None), "otgw": (IDENTIFY, IDENTIFY, None), "rflink": (None, WAITS, "asks info.firmware"),
    **dict.fromkeys(("modbus_coils", "modbus_registers", "moxa_e1200", "adam_6050", "wago_750", "denkovi_ip16", "controlbyweb", "beckhoff_bc9000",
                     "brainboxes_modbus"), (AGAIN, AGAIN, None)),
    "escpos": (None, WAITS, None), "pjl": (None, "asks info.status or identify", None), "zebra": (None, "asks info.status, or waits 7 s", None),
    **dict.fromkeys(("apcupsd", "megatec", "voltronic_qs"), (None, WAITS, None)), "megatec_ratings": (None, "asks info.ratings or info.status", None),
    "voltronic": (None, IDENTIFY, None), "apc_smart": (None, "asks info.runtime or info.status", None),
    **dict.fromkeys(("netio", "netio_clogin", "aten_pe", "aten_pe4104g"), ("asks relays.read", WAITS, None)), "cyberpower": (IDENTIFY, IDENTIFY, None),
    "raritan_px": (WAITS, "asks relays.read of another relay", None), "netio_modbus": (None, AGAIN, None), "black_box_pse508": (None, None, None),
    "servertech": ("asks relays.read", "asks relays.read of another relay", None),
    "esc_cr": (None, None, WAITS), "raw": (None, None, WAITS),
}
READ_ONLY = ("escpos", "nut", "pjl", "zebra", "apcupsd", "megatec", "megatec_ratings", "voltronic_qs", "voltronic", "apc_smart", "netio_modbus")
SHED = {
    "notation": "hex", "port": 2000,
    "relays": {"numbers": "1-8", "read": {"send": "5B", "reply": "{relays:bits8}"},
               "on": {"send": "51 {relay:u8}", "reply": "06"}, "off": {"send": "52 {relay:u8}", "reply": "06"}},
}
LAMP = {
    "notation": "text", "port": 2001,
    "settings": {"power": {"values": {"off": 0, "on": 1}, "set": {"send": "P{value:d1}\\r", "reply": "P OK\\r"},
                           "get": {"send": "P?\\r", "reply": "P={value:d1}\\r"}},
                 "scene": {"values": {"day": 1, "night": 2}, "set": {"send": "S{value:d1}\\r", "reply": "S OK\\r"}}},
}


def facts_of(page):
    return lost_answers(load(page), 3)


def words(remedy):
    return remedy.words if remedy is not None else None


def test_the_list_names_every_page():
    assert sorted(REMEDIES) == sorted(models())


@pytest.mark.parametrize("model", models())
def test_every_page_of_the_collection(model):
    facts = facts_of(resolve(model))
    assert (words(facts.command), words(facts.reading), words(facts.again)) == REMEDIES[model]
    assert bool(facts.unread) == (facts.command is None and model not in READ_ONLY)
    assert facts.reading is None or bool(facts.questions)


@pytest.mark.parametrize("model", ["lg", "kramer_p3000", "eth8020"])
def test_it_is_quick(model):
    profile, took = load(resolve(model)), []
    for dummy in range(3):
        started = time.process_time()
        lost_answers(profile, 3)
        took.append(time.process_time() - started)
    assert min(took) < (1 if "COVERAGE_DIR" in os.environ else 0.1)


def test_a_map_of_relays_may_be_any_other_answer():
    facts = facts_of(SHED)
    assert (facts.questions, facts.confused, facts.everything) == (["relays.read"], ["relays.on", "relays.off", "relays.read"], True)
    assert words(facts.command) == words(facts.reading) == WAITS and facts.unread == []


def test_the_seconds_are_those_of_the_page_or_come_from_the_time_that_an_answer_may_take():
    assert facts_of(dict(SHED, latest=4.5)).command.words == "waits 4.5 s"
    assert lost_answers(load(SHED), 1).command.words == "waits 3 s"
    slow = dict(SHED["relays"], on={"send": "51 {relay:u8}", "reply": "06", "timeout": 10})
    assert facts_of(dict(SHED, relays=slow)).command.words == "waits 21 s"


def test_what_is_never_sent_twice_waits_for_the_usual_time_at_least():
    command = {"notation": "text", "port": 2002, "command": {"send": "{command:text}\\r", "reply": "{reply:text}\\r"}}
    assert [facts_of(dict(command, latest=seconds)).again.words for seconds in (2, 9)] == ["waits 7 s", "waits 9 s"]


def test_a_question_that_cannot_be_confused_is_asked_instead():
    version = {"version": {"send": "10", "reply": "FF FF {version:u8}"}}
    whole = dict(SHED["relays"], read={"send": "5B", "reply": "00 {relays:bits8}"}, on={"send": "51 {relay:u8}", "reply": "00 {relay:u8}"})
    facts = facts_of(dict(SHED, info=version, relays=whole))
    assert facts.confused == ["relays.on", "relays.read"] and not facts.everything
    assert facts.command.words == "asks info.version" and facts.reading.words == "asks info.version"


def test_of_settings_the_others_are_told_apart_from_the_same():
    facts = facts_of(LAMP)
    assert (facts.questions, facts.confused, facts.everything) == (["get"], ["get"], False)
    assert (words(facts.command), words(facts.reading)) == (AGAIN, WAITS)


def test_the_echo_of_a_command_may_be_the_answer():
    power = dict(LAMP["settings"]["power"], get={"send": "P?\\r", "reply": "P{value:d1}\\r"})
    assert facts_of(dict(LAMP, settings={"power": power})).confused == ["set", "get"]


def test_what_cannot_be_read_back_is_named():
    facts = facts_of(LAMP)
    assert (facts.unread, words(facts.again)) == (["scene"], "asks settings.power.get")
    assert facts_of(dict(SHED, relays={key: spec for key, spec in SHED["relays"].items() if key != "read"})).unread == ["relays"]
