// Business Rule of xdr-relay. When: after. Update and Delete ticked, Insert not. Advanced ticked. One on each table that is connected.
// Reads three system properties: xdr_relay.endpoint (the connection's webhookUrl), xdr_relay.secret (whsec_…), xdr_relay.account (user name
// of the service account). Signs as Standard Webhooks 1.0; ES5, because that is what the platform runs everywhere.
(function executeRule(current, previous) {
  var endpoint = gs.getProperty('xdr_relay.endpoint');
  var secret = gs.getProperty('xdr_relay.secret');
  var user = gs.getUserName();
  if (!endpoint || !secret) return;
  // Not one of ours, or written by ourselves.
  if (current.getValue('correlation_display') !== 'xdr-relay') return;
  if (user === gs.getProperty('xdr_relay.account')) return;

  // States of your own: add them here. Words: new, inProgress, waiting, resolved, cancelled.
  var words = {
    incident: {
      1: 'new',
      2: 'inProgress',
      3: 'waiting',
      4: 'waiting',
      5: 'waiting',
      6: 'resolved',
      7: 'resolved',
      8: 'cancelled',
    },
    sn_si_incident: {
      10: 'new',
      16: 'inProgress',
      18: 'inProgress',
      19: 'inProgress',
      20: 'inProgress',
      100: 'inProgress',
      3: 'resolved',
      7: 'cancelled',
    },
  }[current.getTableName()];
  if (!words) return;

  function wordOf(record) {
    return words[record.getValue('state')] || 'inProgress';
  }
  function isDone(word) {
    return word === 'resolved' || word === 'cancelled';
  }
  // "2026-11-20 12:00:00 - Jane Doe (Work notes)", then the text.
  function newest(journal) {
    return ('' + journal.getJournalEntry(1)).replace(/^[^\n]*\n/, '').replace(/\s+$/, '');
  }

  var isDeleted = current.operation() === 'delete';
  var stateChanged = !isDeleted && current.state.changes();
  var ownerChanged = !isDeleted && current.assigned_to.changes();
  var codeChanged = !isDeleted && current.close_code.changes();
  var hasComment = !isDeleted && current.comments.changes();
  var hasNote = !isDeleted && current.work_notes.changes();
  if (!isDeleted && !stateChanged && !ownerChanged && !codeChanged && !hasComment && !hasNote) return;

  var version = current.getValue('sys_mod_count') || '0';
  var body = {
    type: 'ticket.updated',
    ticketId: current.getValue('sys_id'),
    number: current.getValue('number'),
    table: current.getTableName(),
    author: { id: user, name: gs.getUserDisplayName() },
    occurredAt: current.getValue('sys_updated_on').replace(' ', 'T') + 'Z',
    version: version,
  };
  if (stateChanged) {
    var word = wordOf(current);
    var before = wordOf(previous);
    body.status = word;
    body.state = current.getValue('state');
    if (isDone(word) && !isDone(before)) body.type = 'ticket.closed';
    if (isDone(before) && !isDone(word)) body.type = 'ticket.reopened';
  } else if (!ownerChanged && !codeChanged) {
    body.type = 'ticket.commented';
  }
  if ((codeChanged || body.type === 'ticket.closed') && current.getValue('close_code'))
    body.resolution = current.getValue('close_code');
  if (ownerChanged) body.assignee = current.getValue('assigned_to') || null;
  if (hasComment) body.comment = { text: newest(current.comments), visibility: 'public' };
  if (hasNote) body.workNote = { text: newest(current.work_notes), visibility: 'internal' };
  if (isDeleted) {
    body.type = 'ticket.deleted';
    body.occurredAt = new GlideDateTime().getValue().replace(' ', 'T') + 'Z';
  }

  // ASCII alone, so that it does not matter how the platform turns text into bytes.
  var json = JSON.stringify(body).replace(/[\u007f-\uffff]/g, function (sign) {
    return '\\u' + ('0000' + sign.charCodeAt(0).toString(16)).slice(-4);
  });
  var id = 'sn_' + body.ticketId + '_' + version + (isDeleted ? '_d' : '');
  var time = '' + Math.floor(new GlideDateTime().getNumericValue() / 1000);
  // In a scoped application the same class is called CertificateEncryption.
  var mac =
    typeof GlideCertificateEncryption === 'undefined' ? new CertificateEncryption() : new GlideCertificateEncryption();
  var signature =
    'v1,' + mac.generateMac(secret.substring('whsec_'.length), 'HmacSHA256', id + '.' + time + '.' + json);

  var request = new sn_ws.RESTMessageV2();
  request.setHttpMethod('post');
  request.setEndpoint(endpoint);
  request.setRequestHeader('Content-Type', 'application/json');
  request.setRequestHeader('webhook-id', id);
  request.setRequestHeader('webhook-timestamp', time);
  request.setRequestHeader('webhook-signature', signature);
  request.setRequestBody(json);
  request.setHttpTimeout(10000);
  // Nobody who saves a record waits for us.
  request.executeAsync();
})(current, previous);
