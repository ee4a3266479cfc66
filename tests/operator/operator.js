// The operator's side of SMPP 3.4 for tests and the bench: takes messages, sends receipts and SMS from telephones, with faults.
// It listens on the loopback only, takes commands as JSON lines on its input and tells what happens as JSON lines on its output.
'use strict';
const smpp = require('smpp');
const readline = require('readline');

const faults = { receipts: 'DELIVRD', repeat: 1, delay: 0, throttle: 0, refuse: '', mute: false };
let bound = null;
let next = 1;

const tell = (what) => process.stdout.write(JSON.stringify(what) + '\n');
const text = (pdu) => {
  const message = pdu.short_message.message !== undefined ? pdu.short_message.message : pdu.short_message;
  return Buffer.isBuffer(message) ? { hex: message.toString('hex') } : { text: message };
};
const stamp = () => new Date().toISOString().replace(/[-:T]/g, '').slice(2, 12);

function receipt(pdu, id, stat) {
  if (!bound) return;
  bound.deliver_sm({
    esm_class: 4, source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, receipted_message_id: id,
    short_message: `id:${id} sub:001 dlvrd:001 submit date:${stamp()} done date:${stamp()} stat:${stat} err:000 text:`,
  });
}

function take(session, pdu) {
  if (faults.mute) return;
  if (faults.throttle > 0) {
    faults.throttle -= 1;
    session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
    return;
  }
  if (faults.refuse && pdu.destination_addr.startsWith(faults.refuse)) {
    session.send(pdu.response({ command_status: smpp.ESME_RINVDSTADR }));
    return;
  }
  const id = String(next++);
  session.send(pdu.response({ message_id: id }));
  const udh = pdu.short_message.udh;
  tell({
    took: id, to: pdu.destination_addr, from: pdu.source_addr, coding: pdu.data_coding, asked: pdu.registered_delivery,
    part: udh && udh.length ? udh.map((one) => Buffer.from(one).toString('hex')).join('') : '', at: Date.now(), ...text(pdu),
  });
  if (!pdu.registered_delivery || !faults.receipts) return;
  const send = () => { for (let n = 0; n < faults.repeat; n += 1) receipt(pdu, id, faults.receipts); };
  if (faults.delay) setTimeout(send, faults.delay); else send();
}

const server = smpp.createServer({ debug: false }, (session) => {
  session.on('error', () => {});
  session.on('bind_transceiver', (pdu) => {
    session.send(pdu.response());
    bound = session;
    tell({ bound: pdu.system_id });
  });
  session.on('unbind', (pdu) => { session.send(pdu.response()); session.close(); });
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('submit_sm', (pdu) => take(session, pdu));
  session.on('close', () => { if (bound === session) bound = null; });
});

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const asked = JSON.parse(line);
  if (asked.set) Object.assign(faults, asked.set);
  if ('say' in asked && bound) {
    const coding = asked.ucs2 ? 8 : 0;
    const body = asked.hex ? Buffer.from(asked.hex, 'hex') : asked.say;
    bound.deliver_sm({
      // 5/0 is a name, 1/1 an international number
      source_addr_ton: isNaN(asked.from) ? 5 : 1, source_addr_npi: isNaN(asked.from) ? 0 : 1, source_addr: asked.from, destination_addr: asked.to || '1234', data_coding: coding,
      short_message: body,
    }, () => tell({ answered: asked.say }));
  }
}).on('close', () => process.exit(0));

server.listen(Number(process.argv[2]), '127.0.0.1', () => tell({ listening: Number(process.argv[2]) }));
