import { Reject } from './fields';
import { IdSet } from './id-set';
import { defineFile, passOn, typeOfTitle, writeNumber, writeParts } from './imdb-file';
import { marks } from './tables';

export const nameBasics = defineFile({
  name: 'name.basics',
  columns: ['nconst', 'primaryName', 'birthYear', 'deathYear', 'primaryProfession'],
  required: ['nconst', 'primaryName'],
  tables: ['names'],
  handler: (context, at, out) => () => {
    const { fields, names } = context;
    const id = fields.id(at.nconst, 'nm');
    fields.needText(at.primaryName);
    const birthYear = fields.year(at.birthYear);
    const deathYear = fields.year(at.deathYear);
    names.add(id);
    const types = names.typesOf(id);
    if (context.isSubset && !names.isAsked(id)) return false;
    if (!context.writesName(id)) return true;
    out.names.number(id);
    passOn(context, out.names, at.primaryName);
    writeNumber(out.names, birthYear);
    writeNumber(out.names, deathYear);
    writeParts(context, out.names, at.primaryProfession, ',');
    out.names.text(`{${types.join(',')}}`);
    out.names.endRow();
    return true;
  },
});

export const titlePrincipals = defineFile({
  name: 'title.principals',
  columns: ['tconst', 'ordering', 'nconst', 'category', 'job', 'characters'],
  required: ['tconst', 'ordering', 'nconst', 'category'],
  tables: ['principals'],
  handler: (context, at, out) => {
    const { fields, line, names, titles } = context;
    const rows = out.principals;
    // Lines of one title follow one another.
    let title = -1;
    let type: number | false = false;
    let year = 0;
    let votes = 0;
    const told = new IdSet();
    let isFirst = false;
    return () => {
      const id = fields.id(at.tconst, 'tt');
      const ordering = fields.needInteger(at.ordering);
      const person = fields.id(at.nconst, 'nm');
      fields.needText(at.category);
      const isPlain = line.isNull(at.characters) || fields.isPlainArray(at.characters);
      const characters = isPlain ? undefined : fields.characters(at.characters);
      if (id !== title) {
        type = typeOfTitle(context, id, 'tconst');
        title = id;
        year = titles.yearOf(id);
        votes = titles.votesOf(id);
        isFirst = told.add(id);
      }
      if (type === false) return false;
      if (!names.has(person)) throw new Reject('nconst is not in name.basics');
      names.ask(person);
      if (context.showsPeople(id)) names.show(person, type);
      const isMarked = isFirst && !context.rebuilds;
      isFirst = false;
      if (!context.writesTitle(id)) return true;
      if (isMarked) {
        rows.number(id);
        rows.number(marks.ordering);
        rows.number(type);
        rows.number(0);
        rows.text('mark');
        rows.null();
        rows.null();
        rows.number(0);
        rows.number(0);
        rows.endRow();
      }
      rows.number(id);
      rows.number(ordering);
      rows.number(type);
      rows.number(person);
      passOn(context, rows, at.category);
      passOn(context, rows, at.job);
      if (characters === undefined) passOn(context, rows, at.characters);
      else if (characters === null) rows.null();
      else rows.text(characters);
      rows.number(year);
      rows.number(votes);
      rows.endRow();
      return true;
    };
  },
});

export const titleCrew = defineFile({
  name: 'title.crew',
  columns: ['tconst', 'directors', 'writers'],
  required: ['tconst'],
  tables: ['crew'],
  handler: (context, at, out) => {
    const { fields, names } = context;
    const told = new IdSet();
    return () => {
      const id = fields.id(at.tconst, 'tt');
      const lists = [
        ['director', fields.people(at.directors)],
        ['writer', fields.people(at.writers)],
      ] as const;
      const type = typeOfTitle(context, id, 'tconst');
      if (type === false) return false;
      const year = context.titles.yearOf(id);
      const isWritten = context.writesTitle(id);
      const isAgain = !told.add(id);
      const write = (role: string, ordering: number, person: number) => {
        out.crew.number(id);
        out.crew.number(type);
        out.crew.text(role);
        out.crew.number(ordering);
        out.crew.number(person);
        out.crew.number(year);
        out.crew.endRow();
      };
      // One line has all the crew of a title: what was there before does not count any more.
      if (isWritten && (isAgain || !context.rebuilds)) {
        write('director', marks.ordering, 0);
        context.noteMark();
      }
      let isMissing = false;
      for (const [role, people] of lists) {
        people.forEach((person, i) => {
          if (!names.has(person)) {
            isMissing = true;
            return;
          }
          names.ask(person);
          if (context.showsPeople(id)) names.show(person, type);
          if (isWritten) write(role, i + 1, person);
        });
      }
      if (isMissing) context.complain('it names people who are not in name.basics: loaded without them');
      return true;
    };
  },
});
