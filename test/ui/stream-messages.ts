/** A message of an event stream, as htmx reads it. */
export interface StreamMessage {
  event: string;
  data: string;
}

/** Reads an event stream by the rules of the standard: three kinds of line ends, fields, empty lines between messages. */
export function messagesOf(stream: string): StreamMessage[] {
  const messages: StreamMessage[] = [];
  let event = '';
  let data: string[] = [];
  for (const line of stream.split(/\r\n|\r|\n/)) {
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (line === '' && (data.length > 0 || event !== '')) {
      messages.push({ event, data: data.join('\n') });
      event = '';
      data = [];
    } else if (field === 'data') data.push(value);
    else if (field === 'event') event = value;
    else if (line !== '') throw new Error(`a field that is none: ${line}`);
  }
  return messages;
}
